using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Homelab.Engine.Telegram;

/// <summary>Section <c>Telegram</c>: the bot that people speak with. It is on once <see cref="Users"/> names somebody.</summary>
internal sealed class TelegramSettings : IValidatableObject
{
    /// <summary>Whose token is used: <c>Activities:Telegram:NAME</c>.</summary>
    public string Connection { get; set; } = "default";

    /// <summary>Telegram's number of a person to the name that this person signs in with: role and standing are that user's. Everybody else gets nothing.</summary>
    public Dictionary<string, string> Users { get; set; } = [];

    /// <summary>Groups in which those people may speak with the bot, and which are told; the chat of each person with the bot needs no entry.</summary>
    public List<long> Chats { get; set; } = [];

    /// <summary>Where Telegram sends updates, such as <c>https://home.example.net/api/telegram/webhook</c>; empty asks Telegram instead, which needs no address of one's own. The secret that Telegram sends along is the connection's <c>WebhookSecret</c>.</summary>
    public string WebhookUrl { get; set; } = "";

    public bool IsOn => Users.Count > 0;

    public bool IsWebhook => WebhookUrl.Length > 0;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (id, name) in Users)
        {
            if (!long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number <= 0)
                yield return new ValidationResult($"\"{id}\" is not a person's number in Telegram; it has digits only, and the bot @userinfobot tells one's own.", [nameof(Users)]);
            if (string.IsNullOrWhiteSpace(name))
                yield return new ValidationResult($"{id} names no user; write the name that this person signs in with.", [nameof(Users)]);
        }

        if (IsWebhook && !(Uri.TryCreate(WebhookUrl, UriKind.Absolute, out var address) && address.Scheme is "https" or "http"))
            yield return new ValidationResult($"\"{WebhookUrl}\" is not an https address.", [nameof(WebhookUrl)]);
    }
}
