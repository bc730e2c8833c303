using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net.Mail;
using System.Security.Cryptography;
using System.Text;
using Homelab.Activities.Notify;

namespace Homelab.Activities.Email;

[Activity("email.send_message", "Send e-mail", "Sends an e-mail by SMTP.", TimeoutSeconds = 90, Sends = true)]
internal sealed class SendMessage(Connections<EmailOptions> connections, MessagePacer pacer) : IActivity<SendMessage.Input, SendMessage.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(input.Connection, cancellationToken);
        IReadOnlyList<string> to = input.To.Count > 0 ? input.To : options.To is { } fallback ? [fallback] : [];
        if (to.Count == 0)
            throw new ActivityException($"Email connection '{options.Name}' has no receiver and the message names none.", retryable: false);
        if (options is { StartTls: false, ImplicitTls: false } && options.Password is { Length: > 0 })
            throw new ActivityException($"Email connection '{options.Name}' has a password and neither StartTls nor ImplicitTls; it would be sent in the clear.", retryable: false);
        var from = Address(options.From!);
        var receivers = to.Select(Address).ToList();
        var subject = OneLine(MessageTemplate.Fill(input.Subject, input.Data));
        await pacer.SendAsync(
            new($"Email '{options.Name}' to {string.Join(", ", receivers)}: {subject}", options.MessagesPerMinute, input.Text(), 1_000_000),
            context,
            async (text, ends) =>
            {
                DryRunPlan.Door(context, $"e-mail to {string.Join(", ", receivers)}: {subject}");
                return await SocketFailure.GuardAsync($"Email connection '{options.Name}' ({options.Host}:{options.Port})", options, context, async limit =>
                {
                    await using var session = await SmtpSession.OpenAsync(options, limit);
                    await session.SendAsync(from, receivers, Message(from, receivers, subject, text, context), limit);
                    return (string?)null;
                }, ends);
            },
            cancellationToken);
        return new() { Receivers = receivers };
    }

    private static string Message(string from, IReadOnlyList<string> to, string subject, string text, ActivityContext context) => string.Join("\r\n",
        $"From: {from}",
        $"To: {string.Join(", ", to)}",
        $"Subject: {(Ascii.IsValid(subject) ? subject : EncodedWords(subject))}",
        $"Date: {context.Time.GetUtcNow().ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture)}",
        // The same on every attempt, so that a mail that arrives twice is known for one.
        $"Message-ID: <{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context.IdempotencyKey)))}@homelab>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        Convert.ToBase64String(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n")), Base64FormattingOptions.InsertLineBreaks));

    /// <summary>Only the address itself: nothing that could end the line it stands in.</summary>
    private static string Address(string text) => MailAddress.TryCreate(text, out var address) && Ascii.IsValid(address.Address) && !address.Address.Any(letter => letter is <= ' ' or '<' or '>' or '"')
        ? address.Address
        : throw new ActivityException($"'{text}' is not an e-mail address that this can send to.", retryable: false);

    /// <summary>A word has at most 75 letters; ten characters are at most 40 bytes, which are 56 in base64.</summary>
    private static string EncodedWords(string subject) => string.Join("\r\n ", subject.EnumerateRunes().Chunk(10)
        .Select(runes => $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Concat(runes.Select(rune => rune.ToString()))))}?="));

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();

    internal sealed record Input : MessageInput
    {
        [Description("Receivers; the connection's when empty.")]
        public IReadOnlyList<string> To { get; init; } = [];

        [Description("Subject; a template too.")]
        [StringLength(500, MinimumLength = 1)]
        [Example("Homelab")]
        public required string Subject { get; init; }
    }

    internal sealed record Output
    {
        [Description("Whom it went to.")]
        public required IReadOnlyList<string> Receivers { get; init; }
    }
}
