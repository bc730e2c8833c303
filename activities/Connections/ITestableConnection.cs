namespace Homelab.Activities;

/// <summary>One tool's connections as the doctor and the console see them.</summary>
public interface ITestableConnection
{
    string Tool { get; }

    /// <summary>"http", or the tool's own way: "docker", "ssh".</summary>
    string Kind => Tool.ToLowerInvariant();

    IReadOnlyList<string> Names { get; }

    /// <summary>What <c>Activities:TOOL:NAME</c> can hold, the tool's own first.</summary>
    IReadOnlyList<ConnectionSetting> Settings { get; }

    /// <summary>Never throws but for cancellation: what is wrong is in the report.</summary>
    Task<ConnectionReport> TestAsync(string name, CancellationToken cancellationToken);
}

/// <param name="Needed">Without it, or one that stands for it, the connection is not valid.</param>
/// <param name="Secret">Better a reference (<c>secret:NAME</c>, <c>env:NAME</c>, <c>file:/path</c>) than the value.</param>
/// <param name="Default">What it is where nothing is said; null for nothing.</param>
public sealed record ConnectionSetting(string Name, bool Needed, bool Secret, string? Default);

/// <param name="Problem">What is wrong and what to do; null when reachable.</param>
public sealed record ConnectionReport(string Tool, string Name, bool Reachable, string? Version, TimeSpan Latency, string? Problem);

/// <summary>A live list of choices for an input ("docker.containers").</summary>
public interface IOptionsProvider
{
    string Name { get; }

    /// <summary>At most a few hundred choices; throws <see cref="ActivityException"/> when the tool cannot be asked.</summary>
    Task<IReadOnlyList<InputOption>> ListAsync(string connection, CancellationToken cancellationToken);
}

public sealed record InputOption(string Value, string Label);
