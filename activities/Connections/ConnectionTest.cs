using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;

namespace Homelab.Activities;

/// <summary>The usual connection test: one read that answers the version, timed.</summary>
internal sealed class ConnectionTest<TOptions>(
    Connections<TOptions> connections,
    Secrets secrets,
    TimeProvider time,
    Func<string, ActivityContext, CancellationToken, Task<string?>> version) : ITestableConnection
    where TOptions : ConnectionOptions, new()
{
    public string Tool => Connections<TOptions>.Tool;

    public string Kind => typeof(TOptions).IsSubclassOf(typeof(HttpConnectionOptions)) ? "http" : Tool.ToLowerInvariant();

    public IReadOnlyList<string> Names => connections.Names;

    public IReadOnlyList<ConnectionSetting> Settings
    {
        get
        {
            var empty = new TOptions();
            var own = (empty as IValidatableObject)?.Validate(new(empty)).SelectMany(problem => problem.MemberNames).ToHashSet(StringComparer.Ordinal) ?? [];
            return [.. typeof(TOptions).GetProperties().Where(property => property.SetMethod is { IsPublic: true }).OrderBy(property => property.DeclaringType == typeof(TOptions) ? 0 : 1).Select(property => new ConnectionSetting(
                property.Name, own.Contains(property.Name) || (property.IsDefined(typeof(RequiredAttribute), true) && property.GetValue(empty) is null or ""), property.IsDefined(typeof(SecretAttribute), true),
                property.GetValue(empty) switch { null or "" => null, string text => text, IFormattable value => value.ToString(null, CultureInfo.InvariantCulture), bool value => value ? "true" : "false", var other => other.ToString() }))];
        }
    }

    public async Task<ConnectionReport> TestAsync(string name, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        try
        {
            var answered = await version(name, Reading.Context(time), cancellationToken);
            return new(Tool, name, true, answered, time.GetElapsedTime(started), null);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return new(Tool, name, false, null, time.GetElapsedTime(started), secrets.Scrub(exception.Message));
        }
    }
}

/// <summary>A live list made from one read of the tool.</summary>
internal sealed class OptionsProvider(
    string name, TimeProvider time, Func<string, ActivityContext, CancellationToken, Task<IReadOnlyList<InputOption>>> list) : IOptionsProvider
{
    public string Name => name;

    public Task<IReadOnlyList<InputOption>> ListAsync(string connection, CancellationToken cancellationToken) =>
        list(connection, Reading.Context(time), cancellationToken);
}

internal static class Reading
{
    /// <summary>A context outside any run that cannot change anything: the door is shut.</summary>
    public static ActivityContext Context(TimeProvider time) => new()
    {
        RunId = "none",
        StepId = "none",
        IdempotencyKey = "none",
        DryRun = true,
        Time = time,
        Logger = NullLogger.Instance,
    };
}
