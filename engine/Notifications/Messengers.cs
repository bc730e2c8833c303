using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Remediation;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Notifications;

/// <summary>Sends a text by e-mail, Discord or ntfy, with the activities that workflows use for it.</summary>
internal sealed class Messengers(Reading performer, IOptions<NotificationSettings> settings, TimeProvider time, ILogger<Messengers> logger)
{
    private const int DiscordLongest = 2000;
    private const int NtfyLongest = 4000;

    public static IReadOnlyList<string> Channels { get; } = ["email", "discord", "ntfy"];

    /// <param name="id">Of the message: the same on every try, so that a mail that arrives twice is known for one.</param>
    /// <exception cref="ActivityException">It did not get there; its <see cref="ActivityException.Retryable"/> says whether it may.</exception>
    public async Task SendAsync(string channel, string address, string id, string subject, string text, bool silent, string severity, CancellationToken cancellationToken)
    {
        var (activity, input) = channel switch
        {
            "email" => ("email.send_message", new JsonObject { ["connection"] = settings.Value.EmailConnection, ["to"] = new JsonArray(address), ["subject"] = Shortened(subject, 200) }),
            "discord" => ("discord.send_message", new JsonObject { ["connection"] = address.Length > 0 ? address : "default" }),
            "ntfy" => ("ntfy.publish_message", new JsonObject
            {
                ["connection"] = settings.Value.NtfyConnection,
                ["topic"] = address,
                ["title"] = Shortened(subject, 200),
                ["priority"] = severity == "critical" ? 5 : silent ? 2 : 3,
            }),
            _ => throw new ActivityException($"There is no channel '{channel}'.", retryable: false),
        };
        // A text is no template: what strangers wrote must not be filled in.
        input["message"] = "{{text}}";
        input["data"] = new JsonObject { ["text"] = Shortened(text, channel switch { "discord" => DiscordLongest, "ntfy" => NtfyLongest, _ => 90_000 }) };
        if (channel == "email")
        {
            input["subject"] = "{{subject}}";
            input["data"]!["subject"] = Shortened(subject, 200);
        }

        var context = new ActivityContext { RunId = "notification", StepId = id, IdempotencyKey = $"notification/{id}", Time = time, Logger = logger };
        await performer.PerformAsync(activity, input, context, cancellationToken);
    }

    private static string Shortened(string text, int longest) => text.Length <= longest ? text : text[..(longest - 3)] + "...";
}
