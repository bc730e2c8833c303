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

    private HostCommand Command(IEnumerable<string> words) =>
        new(["env", "GIT_TERMINAL_PROMPT=0", "GIT_SSH_COMMAND=ssh -o BatchMode=yes", "git", "-C", directory, "-c", "core.quotePath=false", .. words]);
}
