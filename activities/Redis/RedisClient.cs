using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Homelab.Activities.Redis;

/// <summary>A server of Redis by its protocol (RESP): a connection a command, for an operator's few questions. Every word goes with its length, so none can become another command.</summary>
internal sealed class RedisClient(RedisOptions options, ActivityContext context)
{
    private const int DeepestAnswer = 16;

    // Loading its data, busy with a script, failing over: it will answer later.
    private static readonly string[] Passing = ["LOADING", "BUSY", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN", "READONLY"];

    public string Name => options.Name;

    public ActivityTarget Server => new("server", $"redis:{options.Name}/server/{options.Host}:{options.Port}", $"{options.Host}:{options.Port}");

    public Task<object?> ReadAsync(CancellationToken cancellationToken, params string[] words) => SendAsync(words, cancellationToken);

    /// <summary>A command that changes something.</summary>
    public Task<object?> ChangeAsync(CancellationToken cancellationToken, params string[] words)
    {
        DryRunPlan.Door(context, $"{options.Name}: {string.Join(' ', words)}");
        return SendAsync(words, cancellationToken);
    }

    public async Task<string> TextAsync(CancellationToken cancellationToken, params string[] words) =>
        await ReadAsync(cancellationToken, words) as string ?? throw Unexpected(words[0]);

    /// <summary>"key:value" lines of INFO, without its headings.</summary>
    public async Task<IReadOnlyDictionary<string, string>> InfoAsync(CancellationToken cancellationToken) =>
        (await TextAsync(cancellationToken, "INFO")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2).GroupBy(pair => pair[0]).ToDictionary(pair => pair.Key, pair => pair.Last()[1]);

    /// <summary>A setting's value; one that does not exist throws.</summary>
    public async Task<string> SettingAsync(string setting, CancellationToken cancellationToken) =>
        await ReadAsync(cancellationToken, "CONFIG", "GET", setting) is IReadOnlyList<object?> { Count: >= 2 } pair && pair[1] is string value
            ? value
            : throw new ActivityException($"Redis '{options.Name}' has no setting '{setting}'.", retryable: false);

    public ActivityException Unexpected(string command) => new($"Redis connection '{options.Name}' answered something that is no answer to {command}.", retryable: false);

    private Task<object?> SendAsync(string[] words, CancellationToken cancellationToken) =>
        SocketFailure.GuardAsync($"Redis connection '{options.Name}'", options, context, ends => SpeakAsync(words, ends), cancellationToken);

    private async Task<object?> SpeakAsync(string[] words, CancellationToken cancellationToken)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(options.Host!, options.Port, cancellationToken);
        await using var stream = await OpenAsync(tcp, cancellationToken);
        await using var buffered = new BufferedStream(stream, 16 << 10);
        var answers = new RespReader(buffered, options.LargestAnswerBytes, options.Name);
        if (options.Password is { Length: > 0 } password)
            Expect(await AskAsync(stream, answers, options.User is { Length: > 0 } user ? ["AUTH", user, password] : ["AUTH", password], cancellationToken));
        return Expect(await AskAsync(stream, answers, words, cancellationToken));
    }

    private async Task<Stream> OpenAsync(TcpClient tcp, CancellationToken cancellationToken)
    {
        if (!options.Tls)
            return tcp.GetStream();
        var tls = new SslStream(tcp.GetStream(), leaveInnerStreamOpen: false, TlsTrust.Of(options.CertificateFingerprint, options.CaFile));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = options.Host }, cancellationToken);
        return tls;
    }

    private static async Task<object?> AskAsync(Stream stream, RespReader answers, string[] words, CancellationToken cancellationToken)
    {
        var command = new StringBuilder().Append('*').Append(words.Length.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
        foreach (var word in words)
            command.Append('$').Append(Encoding.UTF8.GetByteCount(word).ToString(CultureInfo.InvariantCulture)).Append("\r\n").Append(word).Append("\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(command.ToString()), cancellationToken);
        return await answers.ReadAsync(DeepestAnswer, cancellationToken);
    }

    private object? Expect(object? answer) => answer is RespError refused
        ? throw new ActivityException($"Redis connection '{options.Name}' refused: {refused.Message}", Passing.Any(word => refused.Message.StartsWith(word, StringComparison.Ordinal)))
        : answer;
}
