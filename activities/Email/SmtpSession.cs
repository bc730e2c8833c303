using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Homelab.Activities.Email;

/// <summary>One conversation with a mail server (RFC 5321), encrypted by STARTTLS or from the first byte on. A password only ever goes encrypted.</summary>
internal sealed class SmtpSession : IAsyncDisposable
{
    private const int LongestLine = 4096;
    private const int MostLines = 100;

    private readonly EmailOptions _options;
    private readonly TcpClient _tcp = new();
    private Stream _stream = Stream.Null;
    private IReadOnlyList<string> _offers = [];

    private SmtpSession(EmailOptions options) => _options = options;

    /// <summary>How the server introduced itself.</summary>
    public string Greeting { get; private set; } = "";

    /// <summary>Connected, encrypted and signed in as the connection says.</summary>
    public static async Task<SmtpSession> OpenAsync(EmailOptions options, CancellationToken cancellationToken)
    {
        var session = new SmtpSession(options);
        try
        {
            await session.OpenAsync(cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    public async Task SendAsync(string from, IReadOnlyList<string> to, string message, CancellationToken cancellationToken)
    {
        await SayAsync($"MAIL FROM:<{from}>", 250, cancellationToken);
        foreach (var receiver in to)
            await SayAsync($"RCPT TO:<{receiver}>", 250, cancellationToken);
        await SayAsync("DATA", 354, cancellationToken);
        // A line of one dot would end it.
        var lines = message.ReplaceLineEndings("\r\n").Split("\r\n").Select(line => line.StartsWith('.') ? "." + line : line);
        await SayAsync(string.Join("\r\n", lines) + "\r\n.", 250, cancellationToken);
        await SayAsync("QUIT", 221, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _tcp.Dispose();
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        await _tcp.ConnectAsync(_options.Host!, _options.Port, cancellationToken);
        _stream = _tcp.GetStream();
        if (_options.ImplicitTls)
            await EncryptAsync(cancellationToken);
        Greeting = (await AnswerAsync(220, "the connection", cancellationToken))[0];
        _offers = await HelloAsync(cancellationToken);
        if (_options.StartTls && !_options.ImplicitTls)
        {
            if (!_offers.Contains("STARTTLS", StringComparer.OrdinalIgnoreCase))
                throw new ActivityException($"{_options.Host} offers no STARTTLS; set ImplicitTls for port 465, or StartTls = false for a server without encryption.", retryable: false);
            await SayAsync("STARTTLS", 220, cancellationToken);
            await EncryptAsync(cancellationToken);
            _offers = await HelloAsync(cancellationToken);
        }

        if (_options.User is { Length: > 0 } user)
            await SignInAsync(user, _options.Password ?? "", cancellationToken);
    }

    private async Task EncryptAsync(CancellationToken cancellationToken)
    {
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, TlsTrust.Of(_options.CertificateFingerprint, _options.CaFile));
        _stream = tls;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = _options.Host }, cancellationToken);
    }

    private async Task<IReadOnlyList<string>> HelloAsync(CancellationToken cancellationToken) => [.. (await SayAsync("EHLO homelab", 250, cancellationToken)).Skip(1)];

    private async Task SignInAsync(string user, string password, CancellationToken cancellationToken)
    {
        if (_stream is not SslStream)
            throw new ActivityException($"Email connection '{_options.Name}' has a User and no encryption; its password would be sent in the clear.", retryable: false);
        var ways = _offers.FirstOrDefault(offer => offer.StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase))?.ToUpperInvariant().Split(' ') ?? [];
        if (ways.Contains("PLAIN"))
        {
            await SayAsync("AUTH PLAIN " + Base64($"\0{user}\0{password}"), 235, cancellationToken, "AUTH PLAIN");
            return;
        }

        if (!ways.Contains("LOGIN"))
            throw new ActivityException($"{_options.Host} offers neither AUTH PLAIN nor AUTH LOGIN.", retryable: false);
        await SayAsync("AUTH LOGIN", 334, cancellationToken);
        await SayAsync(Base64(user), 334, cancellationToken, "AUTH LOGIN");
        await SayAsync(Base64(password), 235, cancellationToken, "AUTH LOGIN");
    }

    /// <param name="shown">What a person is told was said, where the words themselves are secret or long.</param>
    private async Task<IReadOnlyList<string>> SayAsync(string words, int expected, CancellationToken cancellationToken, string? shown = null)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(words + "\r\n"), cancellationToken);
        return await AnswerAsync(expected, shown ?? words.Split(['\r', '\n'], 2)[0], cancellationToken);
    }

    private async Task<IReadOnlyList<string>> AnswerAsync(int expected, string to, CancellationToken cancellationToken)
    {
        List<string> lines = [];
        while (true)
        {
            var line = await LineAsync(cancellationToken);
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code) || lines.Count == MostLines)
                throw new ActivityException($"{_options.Host} answered something that is not SMTP; does the port want TLS from the first byte on (ImplicitTls)?", retryable: false);
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length > 3 && line[3] == '-')
                continue;
            // What the server refuses for good begins with 5; 251 is a 250 that says more.
            return code == expected || (expected == 250 && code == 251)
                ? lines
                : throw new ActivityException($"{_options.Host} answered {code} to {to}: {string.Join(' ', lines)}", retryable: code is < 500 or > 599);
        }
    }

    private async Task<string> LineAsync(CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (line.Count < LongestLine)
        {
            await _stream.ReadExactlyAsync(one, cancellationToken);
            if (one[0] == '\n')
                return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
            line.Add(one[0]);
        }

        throw new ActivityException($"{_options.Host} answered a line of more than {LongestLine} bytes.", retryable: false);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
