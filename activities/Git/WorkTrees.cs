using Homelab.Activities.Ssh;

namespace Homelab.Activities.Git;

/// <summary>git on a machine. Connections are those of SSH; credentials for remotes are the machine's own, and nobody is asked for one.</summary>
internal sealed class WorkTrees(Hosts hosts)
{
    public const string PathPattern = "(/(?!\\.{1,2}(/|$))[^/\\x00\\r\\n]+)+";
    public const string RefPattern = "[A-Za-z0-9_][A-Za-z0-9_./@~^+-]{0,199}";

    /// <summary>What git itself could run as a program (ext::) or take for an option is no address.</summary>
    public const string UrlPattern = "((https?|ssh|git|file)://[^\\s\\x00]+|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:[^\\s\\x00]+|/[^\\x00\\r\\n]+)";

    public async Task<WorkTree> OpenAsync(string connection, string directory, ActivityContext context, CancellationToken cancellationToken) =>
        new(await hosts.OpenAsync(connection, context, cancellationToken), Host.Absolute(directory));
}

internal sealed class WorkTree(Host host, string directory)
{
    public Host Host => host;

    public async Task<string> ReadAsync(IEnumerable<string> words, CancellationToken cancellationToken) =>
        (await host.ReadAsync(Command(words), cancellationToken)).Output;

    public async Task<ProcessAnswer> TryAsync(IEnumerable<string> words, CancellationToken cancellationToken) =>
        await host.ReadAsync(Command(words) with { AnyExit = true }, cancellationToken);

    public Task<ProcessAnswer> ChangeAsync(IEnumerable<string> words, CancellationToken cancellationToken, string? input = null) =>
        host.ChangeAsync(Command(words) with { Input = input, Timeout = TimeSpan.FromMinutes(10) }, cancellationToken);

    public async Task<string> HeadAsync(CancellationToken cancellationToken) => (await ReadAsync(["rev-parse", "HEAD"], cancellationToken)).Trim();

    /// <summary>Throws where there is no work tree.</summary>
    public async Task<ActivityTarget> TargetAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(["rev-parse", "--is-inside-work-tree"], cancellationToken);
        return new("work tree", $"git:{host.Name}/worktree{directory}", directory);
    }

    /// <summary>The commit that this step made in an attempt before; null where it made none.</summary>
    public async Task<string?> MadeByAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        // 128 is a repository without a commit.
        var found = await TryAsync(["log", "--max-count=1", "--format=%H", "--fixed-strings", $"--grep={Mark(context)}", "HEAD"], cancellationToken);
        return found.ExitCode == 0 && found.Output.Trim() is { Length: > 0 } commit ? commit : found.ExitCode is 0 or 128 ? null : throw new ActivityException($"git log failed: {found.Error.Trim()}", retryable: false);
    }

    /// <summary>Commits these paths and nothing else.</summary>
    /// <returns>The commit; null where nothing of them changed.</returns>
    public async Task<string?> CommitAsync(IReadOnlyList<string> paths, string message, string author, ActivityContext context, CancellationToken cancellationToken)
    {
        await ChangeAsync(["add", "--all", "--", .. paths], cancellationToken);
        if ((await TryAsync(["diff", "--cached", "--quiet", "--", .. paths], cancellationToken)).ExitCode == 0)
            return null;
        await ChangeAsync(["commit", "--quiet", "--file=-", $"--author={author}", "--", .. paths], cancellationToken, $"{message.Trim()}\n\n{Mark(context)}\n");
        return await HeadAsync(cancellationToken);
    }

    /// <summary>A trailer by which a retry and the probe know the commit of a step.</summary>
    private static string Mark(ActivityContext context) => $"Homelab-Step: {context.IdempotencyKey}";

    private HostCommand Command(IEnumerable<string> words) =>
        new(["env", "GIT_TERMINAL_PROMPT=0", "GIT_SSH_COMMAND=ssh -o BatchMode=yes", "git", "-C", directory, "-c", "core.quotePath=false", .. words]);
}
