using Homelab.Activities;
using Homelab.Engine.Api;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Operations;
using Homelab.Engine.Remediation;
using Homelab.Rules.Expressions;

namespace Homelab.Engine.Requests;

/// <summary>Takes requests, and what people say of them: yes, wait, go on, done, skip it, otherwise. What is being done at that moment is finished; nothing further begins.</summary>
internal sealed class RequestDesk(RequestStore store, RequestPlanner planner, ActivityCatalog catalog, Secrets secrets, RequestSignal signal, TimeProvider time)
{
    private const int Attempts = 5;
    private const int MostSteps = 50;

    public Task<Request?> FindAsync(string id, CancellationToken cancellationToken) => store.FindAsync(id, cancellationToken);

    /// <summary>Makes a plan of what was asked and stores it; nothing of it is done yet.</summary>
    /// <param name="written">Steps that the person wrote; null to have them made.</param>
    /// <param name="key">What is asked twice with one key is one request; null where it need not be.</param>
    public async Task<RequestResult> AskAsync(string text, IReadOnlyList<StepEdit>? written, string by, string? key, CancellationToken cancellationToken)
    {
        var id = key is null ? Guid.CreateVersion7(time.GetUtcNow()).ToString("N") : Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"request/{by}/{key}")))[..32];
        if (key is not null && await store.FindAsync(id, cancellationToken) is { } asked)
            return new RequestResult.Ok(asked);
        var said = SecretPatterns.Hide(secrets.Hide(text.Trim()));
        RequestDraft draft;
        if (written is null)
        {
            draft = await planner.PlanAsync(said, cancellationToken);
        }
        else
        {
            var (steps, faults) = Read([], written);
            if (faults.Count == 0 && said.Length is 0 or > 2000)
                faults = [new Fault("text", $"{said.Length} characters", "It says what is wanted, in 1 to 2000 characters.", "Write it.")];
            if (faults.Count > 0)
                return new RequestResult.Invalid(faults);
            draft = new RequestDraft(said.Length <= 100 ? said : said[..99] + "…", "by hand", steps, null);
        }

        if (draft.Problem is { } problem)
            return new RequestResult.Invalid([new Fault("text", said.Length <= 100 ? said : said[..99] + "…", problem, "Say it otherwise, or send the steps.")]);
        var now = time.GetUtcNow();
        var request = new Request { Id = id, Title = draft.Title, Text = said, Source = draft.Source, State = RequestState.Proposed, Steps = draft.Steps, Version = 1, AskedBy = by, CreatedAt = now, UpdatedAt = now };
        await store.AddAsync(request, cancellationToken);
        return new RequestResult.Ok(await store.FindAsync(id, cancellationToken) ?? request);
    }

    /// <summary>The yes to the plan as it stands. A plan with a mistake does not begin; all of them are told.</summary>
    public Task<RequestResult> ApproveAsync(string id, string by, CancellationToken cancellationToken) => ChangeAsync(
        id, by, "approved", request => request.State != RequestState.Proposed
            ? No(request, $"It is {request.State} already.")
            : Problems(request) is { Count: > 0 } faults ? new RequestResult.Invalid(faults) : new RequestResult.Ok(request with { State = RequestState.Running, ApprovedBy = by }), cancellationToken);

    public Task<RequestResult> PauseAsync(string id, string by, CancellationToken cancellationToken) => ChangeAsync(
        id, by, "paused", request => request.State != RequestState.Running ? No(request, $"It is {request.State}.") : new RequestResult.Ok(request with { State = RequestState.Paused }), cancellationToken);

    public Task<RequestResult> ResumeAsync(string id, string by, CancellationToken cancellationToken) => ChangeAsync(
        id, by, "resumed", request => request.State != RequestState.Paused
            ? No(request, request.State == RequestState.Failed ? "A step failed: try it again, or skip it." : $"It is {request.State}.")
            : Problems(request) is { Count: > 0 } faults ? new RequestResult.Invalid(faults) : new RequestResult.Ok(request with { State = RequestState.Running }), cancellationToken);

    public Task<RequestResult> CancelAsync(string id, string by, CancellationToken cancellationToken) => ChangeAsync(
        id, by, "cancelled", request => request.IsOpen ? new RequestResult.Ok(request with { State = RequestState.Cancelled }) : No(request, $"It is {request.State} already."), cancellationToken);

    /// <summary>What a person says of a step: it is done, could not be done, is to be tried again, or left out.</summary>
    /// <param name="verb">done, failed, retry or skip.</param>
    public Task<RequestResult> StepAsync(string id, string stepId, string verb, string? note, string by, CancellationToken cancellationToken) => ChangeAsync(
        id, by, $"step-{verb}",
        request =>
        {
            if (request.Steps.FirstOrDefault(step => step.Id == stepId) is not { } step)
                return new RequestResult.Unknown("step", stepId);
            if (!request.IsOpen)
                return No(request, $"It is {request.State} already.");
            var now = time.GetUtcNow();
            var said = note is { Length: > 0 } ? SecretPatterns.Hide(secrets.Hide(note.Length <= 1000 ? note : note[..1000])) : null;
            return (verb, step.State) switch
            {
                ("done", StepState.Waiting) => new RequestResult.Ok(request.With(step with { State = StepState.Done, By = by, Message = said, EndedAt = now })),
                ("failed", StepState.Waiting) => new RequestResult.Ok(request.With(step with { State = StepState.Failed, By = by, Message = said ?? "It could not be done.", EndedAt = now }) with { State = RequestState.Failed }),
                ("retry", StepState.Failed) when Faults(step, 0) is { Count: > 0 } faults => new RequestResult.Invalid(faults),
                ("retry", StepState.Failed) => new RequestResult.Ok(request.With(Fresh(step)) with { State = RequestState.Running }),
                ("skip", StepState.Pending or StepState.Failed or StepState.Waiting) => new RequestResult.Ok(request.With(step with { State = StepState.Skipped, By = by, Message = said, EndedAt = now })
                    with { State = request.State == RequestState.Failed && step.State == StepState.Failed ? RequestState.Running : request.State }),
                _ => No(request, $"Step “{step.Title}” is {step.State}{(step.State == StepState.Running ? ": wait until it ended" : "")}."),
            };
        },
        cancellationToken);

    /// <summary>The steps as they are to be. What was begun stays as it is, and in its place.</summary>
    /// <param name="version">The version that the person saw.</param>
    public Task<RequestResult> EditAsync(string id, long version, IReadOnlyList<StepEdit> edits, string by, CancellationToken cancellationToken) => ChangeAsync(
        id, by, "edited",
        request =>
        {
            if (request.Version != version)
                return No(request, "Somebody changed it meanwhile. Look at it again.");
            if (!request.IsOpen)
                return No(request, $"It is {request.State} already.");
            var (steps, faults) = Read(request.Steps, edits);
            return faults.Count > 0 ? new RequestResult.Invalid(faults) : new RequestResult.Ok(request with { Steps = steps });
        },
        cancellationToken);

    /// <summary>An edit in plain words, such as: delay the nodes until the weekend.</summary>
    public Task<RequestResult> SayAsync(string id, string text, TimeZoneInfo zone, string by, CancellationToken cancellationToken) => ChangeAsync(
        id, by, "edited",
        request => !request.IsOpen ? No(request, $"It is {request.State} already.") : RequestWords.Apply(request, text, time.GetUtcNow(), zone) switch
        {
            ({ } changed, _) => new RequestResult.Ok(changed),
            (_, var problem) => new RequestResult.Invalid([new Fault("text", text.Length <= 100 ? text : text[..99] + "…", problem, "Say it like: delay the nodes until the weekend; skip the pull; do the check first.")]),
        },
        cancellationToken);

    private async Task<RequestResult> ChangeAsync(string id, string by, string what, Func<Request, RequestResult> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await store.FindAsync(id, cancellationToken) is not { } request)
                return new RequestResult.Unknown("request", id);
            var wanted = change(request);
            if (wanted is not RequestResult.Ok ok)
                return wanted;
            if (await store.ChangeAsync(ok.Request, by, what, cancellationToken) is { } stored)
            {
                signal.Wake();
                return new RequestResult.Ok(stored);
            }
        }

        return new RequestResult.Refused(id, "Others are changing it at this moment. Try again.");
    }

    /// <summary>Steps from what a person sent: begun ones must be there as they were, new ones get an id of their own.</summary>
    private (IReadOnlyList<RequestStep> Steps, IReadOnlyList<Fault> Faults) Read(IReadOnlyList<RequestStep> before, IReadOnlyList<StepEdit> edits)
    {
        List<Fault> faults = [];
        List<RequestStep> steps = [];
        if (edits.Count is 0 or > MostSteps)
            faults.Add(new Fault("steps", $"{edits.Count}", $"A plan has 1 to {MostSteps} steps.", "Add or remove some."));
        var begun = before.Where(step => !step.MayChange).ToList();
        var next = before.Select(step => int.Parse(step.Id[1..], System.Globalization.CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max() + 1;
        for (var index = 0; index < Math.Min(edits.Count, MostSteps); index++)
        {
            var edit = edits[index];
            var known = before.FirstOrDefault(step => step.Id == edit.Id);
            if (edit.Id is not null && (known is null || steps.Contains(known) || steps.Exists(step => step.Id == edit.Id)))
                faults.Add(new Fault($"steps[{index}].id", edit.Id, "It is the id of no step of this plan, or stands twice.", "Leave the id out for a new step."));
            if (known is { MayChange: false })
            {
                steps.Add(known);
                continue;
            }

            var step = (known ?? new RequestStep { Id = $"s{next++}", Title = "" }) with
            {
                Title = edit.Title?.Trim() ?? "",
                Activity = string.IsNullOrWhiteSpace(edit.Activity) ? null : edit.Activity.Trim(),
                Input = string.IsNullOrWhiteSpace(edit.Activity) ? null : edit.Input ?? [],
                Expect = string.IsNullOrWhiteSpace(edit.Expect) ? null : edit.Expect,
                WithinSeconds = edit.WithinSeconds,
                NotBefore = edit.NotBefore,
            };
            faults.AddRange(Faults(step, index));
            steps.Add(step);
        }

        if (!steps.Where(step => !step.MayChange).Select(step => step.Id).SequenceEqual(begun.Select(step => step.Id)))
            faults.Add(new Fault("steps", string.Join(", ", begun.Select(step => step.Id)), "What was begun stays, and in its order.", "Send those steps too."));
        return (steps, faults);
    }

    /// <summary>Everything that is wrong with what is still to be done.</summary>
    private IReadOnlyList<Fault> Problems(Request request) => [.. request.Steps.SelectMany((step, index) => step.IsOver ? [] : Faults(step, index))];

    private List<Fault> Faults(RequestStep step, int index)
    {
        List<Fault> faults = [];
        var at = $"steps[{index}]";
        if (step.Title.Length is 0 or > 200)
            faults.Add(new Fault($"{at}.title", step.Title, "A step says in 1 to 200 characters what is done.", "Give it a title."));
        if (step.WithinSeconds is not (>= 0 and <= 3600))
            faults.Add(new Fault($"{at}.withinSeconds", $"{step.WithinSeconds}", "It must be between 0 and 3600.", "Give the seconds in which the expression may become true."));
        if (step.Expect is { } expect)
            faults.AddRange(ExpressionCompiler.Check(expect, Verification.Options).Select(error => new Fault($"{at}.expect", expect, error.ToString(), "Correct it there.")));
        if (step.Activity is null)
        {
            if (step.Expect is not null)
                faults.Add(new Fault($"{at}.expect", step.Expect, "A step for a person has no output to look at.", "Leave it out, or name an activity."));
            return faults;
        }

        if (!catalog.TryFind(step.Activity, out var invoker) || invoker is ControlActivity)
            faults.Add(new Fault($"{at}.activity", step.Activity, "There is no such activity.", "GET /api/activities lists them; without one it is a step for a person."));
        else
            faults.AddRange(ActivityRuns.Check(invoker, step.Input ?? []).Select(problem => new Fault($"{at}.input{problem.Path.TrimStart('$')}", null, problem.Message, "Correct the input.")));
        return faults;
    }

    private static RequestStep Fresh(RequestStep step) => step with { State = StepState.Pending, RunId = null, Message = null, ApprovalId = null, By = null, BegunAt = null, EndedAt = null, LookAt = null };

    private static RequestResult.Refused No(Request request, string why) => new(request.Id, why);
}

/// <summary>A step as somebody sends it.</summary>
/// <param name="Id">Of the step that it was; none for a new one.</param>
/// <param name="Activity">None: a person does it.</param>
internal sealed record StepEdit(string? Id, string? Title, string? Activity = null, System.Text.Json.Nodes.JsonObject? Input = null, string? Expect = null, double WithinSeconds = 0, DateTimeOffset? NotBefore = null);

/// <summary>Says that something of a request changed, so that nobody waits for the next look.</summary>
internal sealed class RequestSignal : IDisposable
{
    private readonly SemaphoreSlim _changed = new(0, 1);

    public void Wake()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    public Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken) => _changed.WaitAsync(longest, cancellationToken);

    public void Dispose() => _changed.Dispose();
}

internal abstract record RequestResult
{
    private RequestResult()
    {
    }

    public sealed record Ok(Request Request) : RequestResult;

    public sealed record Invalid(IReadOnlyList<Fault> Faults) : RequestResult;

    public sealed record Refused(string Id, string Reason) : RequestResult;

    public sealed record Unknown(string Thing, string Id) : RequestResult;
}
