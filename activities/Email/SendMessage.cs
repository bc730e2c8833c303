using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Mail;
using Homelab.Activities.Notify;

namespace Homelab.Activities.Email;

[Activity("email.send_message", "Send e-mail", "Sends an e-mail by SMTP.", TimeoutSeconds = 90)]
internal sealed class SendMessage(Connections<EmailOptions> connections) : IActivity<SendMessage.Input, SendMessage.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(input.Connection, cancellationToken);
        IReadOnlyList<string> to = input.To.Count > 0 ? input.To : options.To is { } fallback ? [fallback] : [];
        if (to.Count == 0)
            throw new ActivityException($"Email connection '{options.Name}' has no receiver and the message names none.", retryable: false);
        if (!options.StartTls && options.Password is { Length: > 0 })
            throw new ActivityException($"Email connection '{options.Name}' has a password and no StartTls; it would be sent in the clear.", retryable: false);
        using var message = new MailMessage { From = new(options.From!), Subject = OneLine(MessageTemplate.Fill(input.Subject, input.Data)), Body = input.Text() };
        foreach (var receiver in to)
            message.To.Add(new MailAddress(receiver));
        // The same on every attempt, so that a mail that arrives twice is known for one.
        message.Headers.Add("Message-ID", $"<{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(context.IdempotencyKey)))}@homelab>");
        DryRunPlan.Door(context, $"e-mail to {string.Join(", ", to)}: {message.Subject}");
        using var client = new SmtpClient(options.Host, options.Port) { EnableSsl = options.StartTls };
        if (options.User is { Length: > 0 } user)
            client.Credentials = new NetworkCredential(user, options.Password);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeoutSeconds), context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await client.SendMailAsync(message, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ActivityException($"{options.Host} did not take the e-mail within {options.TimeoutSeconds} s.", retryable: true) { Kind = FailureKind.Timeout };
        }
        catch (SmtpException exception)
        {
            // What the server refuses for good begins with 5.
            throw new ActivityException(
                $"{options.Host} did not take the e-mail: {exception.InnerException?.Message ?? exception.Message}", (int)exception.StatusCode is < 500 or > 599)
            {
                Kind = exception.StatusCode == SmtpStatusCode.GeneralFailure ? FailureKind.Connect : FailureKind.Other,
            };
        }

        return new() { Receivers = to };
    }

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
