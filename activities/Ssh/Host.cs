using System.Globalization;
using System.Text;

namespace Homelab.Activities.Ssh;

/// <summary>A command for a machine: program and arguments, each of which arrives as it is.</summary>
internal sealed record HostCommand(params IReadOnlyList<string> Words)
{
    public string? Input { get; init; }

    public TimeSpan? Timeout { get; init; }

    /// <summary>Exit codes beside 0 that are good answers.</summary>
    public IReadOnlyList<int> Also { get; init; } = [];

    /// <summary>Sees the output line by line; one that it answers true for is not kept. Progress, say.</summary>
    public Func<string, bool>? OnOutputLine { get; init; }

    /// <summary>The same of standard error.</summary>
    public Func<string, bool>? OnErrorLine { get; init; }

    /// <summary>The answer is returned whatever the exit code.</summary>
    public bool AnyExit { get; init; }
}

/// <summary>One machine for one attempt of one step, local or over SSH.</summary>
internal sealed class Host(SshOptions options, IReadOnlyList<string> client, IProcessRunner runner, ActivityContext context)
{
    // The far side says its process id first, so that it can be ended when nobody waits for it any more:
    // killing the client alone leaves the command running.
    private const string PidMark = "homelab-pid:";
    private const string Wrapper = $"echo {PidMark}$$ >&2; exec timeout -k 5 \"$@\"";

    private const int SshFailed = 255;
    private const int TimedOut = 124;

    public string Name => options.Name;

    /// <summary>What a target's id begins with.</summary>
    public string Id => $"ssh:{options.Name}";

    public Task<ProcessAnswer> ReadAsync(HostCommand command, CancellationToken cancellationToken) => RunAsync(command, changes: false, cancellationToken);

    public Task<ProcessAnswer> ChangeAsync(HostCommand command, CancellationToken cancellationToken) => RunAsync(command, changes: true, cancellationToken);

    public async Task<string> ReadFileAsync(string path, CancellationToken cancellationToken) =>
        Encoding.UTF8.GetString(await ReadBytesAsync(path, cancellationToken));

    public async Task<byte[]> ReadBytesAsync(string path, CancellationToken cancellationToken)
    {
        var answer = await ReadAsync(new("base64", "--", Absolute(path)), cancellationToken);
        return Convert.FromBase64String(answer.Output.ReplaceLineEndings(""));
    }

    /// <summary>Writes beside and renames over it: a reader sees the old file or the new one. Owner and mode stay if the file was there.</summary>
    public async Task WriteFileAsync(string path, byte[] content, string? mode, CancellationToken cancellationToken) => await ChangeAsync(
        new(
            "sh", "-c",
            "set -e; p=$1.homelab-part; umask 077; trap 'rm -f -- \"$p\"' EXIT; base64 -d >\"$p\"; "
            + "if [ -e \"$1\" ]; then chown --reference=\"$1\" -- \"$p\"; chmod --reference=\"$1\" -- \"$p\"; else chmod 644 -- \"$p\"; fi; "
            + "if [ -n \"$2\" ]; then chmod \"$2\" -- \"$p\"; fi; mv -f -- \"$p\" \"$1\"",
            "sh", Absolute(path), mode ?? "")
        {
            Input = Convert.ToBase64String(content),
        },
        cancellationToken);

    public static string Absolute(string path) => path.StartsWith('/')
        ? path
        : throw new ActivityException($"Path '{path}' must be absolute (begin with /).", retryable: false);

    private async Task<ProcessAnswer> RunAsync(HostCommand command, bool changes, CancellationToken cancellationToken)
    {
        var timeout = command.Timeout ?? TimeSpan.FromSeconds(options.TimeoutSeconds);
        IReadOnlyList<string> words = options.Sudo ? ["sudo", "-n", "--", .. command.Words] : command.Words;
        var shown = $"{options.Name}: {string.Join(' ', command.Words)}";
        var answer = options.Local
            ? await runner.RunAsync(
                new(words[0], [.. words.Skip(1)])
                {
                    Changes = changes, Input = command.Input, Timeout = timeout, LargestOutputBytes = options.LargestAnswerBytes, Shown = shown,
                    OnOutputLine = command.OnOutputLine, OnErrorLine = command.OnErrorLine,
                },
                context, cancellationToken)
            : await RunOverSshAsync(words, command, timeout, changes, shown, cancellationToken);
        return command.AnyExit ? answer : answer.Expect(also: [.. command.Also]);
    }

    private async Task<ProcessAnswer> RunOverSshAsync(
        IReadOnlyList<string> words, HostCommand asked, TimeSpan timeout, bool changes, string shown, CancellationToken cancellationToken)
    {
        string? pid = null;
        var command = Command(Quoted(["sh", "-c", Wrapper, "sh", Seconds(timeout), .. words]), changes) with
        {
            Input = asked.Input,
            // The far side ends itself first, and says so.
            Timeout = timeout + TimeSpan.FromSeconds(10),
            Shown = shown,
            OnOutputLine = asked.OnOutputLine,
            OnErrorLine = line =>
            {
                if (pid is not null || !line.StartsWith(PidMark, StringComparison.Ordinal))
                    return asked.OnErrorLine?.Invoke(line) ?? false;
                pid = line[PidMark.Length..].Trim();
                return true;
            },
        };
        ProcessAnswer answer;
        try
        {
            answer = await runner.RunAsync(command, context, cancellationToken);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ActivityException && pid is not null)
        {
            await EndRemoteAsync(pid);
            throw;
        }

        return answer switch
        {
            { ExitCode: SshFailed } when pid is null => throw Unreachable(answer.Scrub(answer.Error)),
            { ExitCode: SshFailed } => throw new ActivityException($"{shown}: the connection was lost or the command was killed: {answer.Scrub(answer.Error).Trim()}", retryable: true),
            { ExitCode: TimedOut } => throw new ActivityException($"{shown} did not end within {Seconds(timeout)} s and was ended.", retryable: true) { Kind = FailureKind.Timeout },
            _ => answer,
        };
    }

    private ProcessCommand Command(string remote, bool changes) =>
        new("ssh", [.. client, remote]) { Changes = changes, LargestOutputBytes = options.LargestAnswerBytes };

    private async Task EndRemoteAsync(string pid)
    {
        if (!int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return;
        try
        {
            await runner.RunAsync(Command($"kill -TERM {pid}", changes: false) with { Timeout = TimeSpan.FromSeconds(10) }, context, CancellationToken.None);
        }
        catch (ActivityException)
        {
            // The machine is gone or slow; `timeout` over there ends it.
        }
    }

    private ActivityException Unreachable(string error)
    {
        var words = error.Trim();
        var refused = words.Contains("Permission denied", StringComparison.Ordinal) || words.Contains("Host key verification failed", StringComparison.Ordinal)
            || words.Contains("No such file", StringComparison.Ordinal);
        return new($"SSH connection '{options.Name}' ({options.Host}:{options.Port}) failed: {words}", retryable: !refused) { Kind = FailureKind.Connect };
    }

    /// <summary>The far side's login shell sees only quoted words.</summary>
    internal static string Quoted(IEnumerable<string> words) =>
        string.Join(' ', words.Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

    private static string Seconds(TimeSpan timeout) => Math.Ceiling(timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}
