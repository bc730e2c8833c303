using System.ComponentModel.DataAnnotations;

namespace Homelab.Engine.Notifications;

/// <summary>Section <c>Notifications</c>.</summary>
internal sealed class NotificationSettings : IValidatableObject
{
    /// <summary>Two messages to the same address are at least so far apart; what comes between is told together. What is critical does not wait.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Spacing { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Connection that e-mail is sent by, <c>Activities:Email:NAME</c>.</summary>
    public string EmailConnection { get; set; } = "default";

    /// <summary>Connection that topics of ntfy are published by.</summary>
    public string NtfyConnection { get; set; } = "default";

    /// <summary>Where people reach the console; links in messages lead there. Empty leaves links out.</summary>
    public string ConsoleUrl { get; set; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ConsoleUrl.Length > 0 && !(Uri.TryCreate(ConsoleUrl, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            yield return new ValidationResult($"\"{ConsoleUrl}\" is not an http or https address.", [nameof(ConsoleUrl)]);
    }

    public string? Link(string path) => ConsoleUrl.Length == 0 ? null : ConsoleUrl.TrimEnd('/') + path;
}
