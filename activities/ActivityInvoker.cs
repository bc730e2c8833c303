using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Activities;

/// <summary>JSON in, JSON out, around a typed activity. Nothing secret leaves: outputs and messages are scrubbed here, once for all activities.</summary>
internal sealed class ActivityInvoker<TInput, TOutput>(ActivityDescriptor descriptor, IActivity<TInput, TOutput> activity, Secrets secrets) : IActivityInvoker
    where TInput : class
    where TOutput : class
{
    public ActivityDescriptor Descriptor => descriptor;

    public IReadOnlyList<InputProblem> Validate(JsonElement input) =>
        [.. Read(input).Problems.Select(problem => problem with { Message = Masked(problem) })];

    public Effect EffectOf(JsonElement input) =>
        activity is IEffectByInput<TInput> byInput && Read(input).Input is { } read ? byInput.EffectOf(read) : descriptor.Effect;

    public Task<JsonNode?> ExecuteAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) =>
        GuardAsync(input, async read =>
        {
            try
            {
                var output = await activity.ExecuteAsync(read, Scrubbing(context), cancellationToken);
                return secrets.Scrub(JsonSerializer.SerializeToNode(output, ActivityJson.Strict));
            }
            catch (DryRunStop)
            {
                return secrets.Scrub(context.Plan.ToJson());
            }
        });

    public Task<ActivityTarget?> TargetAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) =>
        GuardAsync<ActivityTarget?>(input, async read => activity is IEffectActivity<TInput, TOutput> effect
            ? await effect.TargetAsync(read, ReadOnly(context), cancellationToken)
            : null);

    public Task<Probe> ProbeAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) =>
        GuardAsync(input, read => activity is IEffectActivity<TInput, TOutput> effect
            ? effect.ProbeAsync(read, ReadOnly(context), cancellationToken)
            // Without an effect it may always be repeated.
            : Task.FromResult(Probe.DidNotHappen));

    public UndoStep? Undo(JsonElement input, JsonNode? output) =>
        activity is IEffectActivity<TInput, TOutput> effect && Read(input).Input is { } read && output.Deserialize<TOutput>(ActivityJson.Strict) is { } answered
            ? effect.Undo(read, answered)
            : null;

    /// <summary>What a step says while it runs is shown and logged: nothing secret in that either. The plan stays the same one, for the caller reads it.</summary>
    private ActivityContext Scrubbing(ActivityContext context) => context with
    {
        Logger = new ScrubbingLogger(context.Logger, secrets),
        Progress = context.Progress is { } progress ? new ScrubbingProgress(progress, secrets) : null,
    };

    /// <summary>Looking at a target or probing must change nothing: the door is shut for both.</summary>
    private static ActivityContext ReadOnly(ActivityContext context) => context with { DryRun = true, Plan = new() };

    private async Task<T> GuardAsync<T>(JsonElement input, Func<TInput, Task<T>> work)
    {
        var (read, problems) = Read(input);
        if (read is null)
            throw new ActivityException(
                $"Input of {descriptor.Id} is not valid: {string.Join(" ", problems.Select(problem => $"{problem.Path} {Masked(problem)}"))}", retryable: false);
        try
        {
            return await work(read);
        }
        catch (ActivityException exception)
        {
            throw Scrubbed(exception);
        }
        catch (DryRunStop)
        {
            throw new ActivityException($"{descriptor.Id} tried to change something while it was only to look.", retryable: false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Unforeseen: its type says most, and its message may hold anything, so it is scrubbed as well.
            throw new ActivityException(secrets.Scrub($"{descriptor.Id} failed: {exception.GetType().Name}: {exception.Message}"), retryable: true);
        }
    }

    private ActivityException Scrubbed(ActivityException exception)
    {
        // An inner exception is logged with everything it holds; it stays only when nothing in it is secret.
        var whole = exception.ToString();
        return secrets.Scrub(whole) == whole
            ? exception
            : new ActivityException(secrets.Scrub(exception.Message), exception.Retryable, null, exception.RetryAfter) { Kind = exception.Kind };
    }

    private (TInput? Input, IReadOnlyList<InputProblem> Problems) Read(JsonElement input)
    {
        foreach (var name in descriptor.SecretInputs)
        {
            if (input.ValueKind == JsonValueKind.Object && input.TryGetProperty(name, out var secret) && secret.ValueKind == JsonValueKind.String)
                secrets.Remember(secret.GetString()!);
        }

        var (checkedInput, problems) = ActivityInput.Read(descriptor.InputSchema, input);
        if (checkedInput is null)
            return (null, problems);
        try
        {
            return (checkedInput.Deserialize<TInput>(ActivityJson.Strict), []);
        }
        catch (JsonException exception)
        {
            return (null, [new(exception.Path ?? "$", exception.Message)]);
        }
    }

    private string Masked(InputProblem problem) => secrets.Scrub(problem.Message);
}
