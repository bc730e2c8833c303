using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Homelab.Activities.Notify;

/// <summary>What every message has. Telling people is no effect in the gate's sense (see <see cref="ActivityAttribute.Sends"/>).</summary>
internal record MessageInput : ConnectedInput
{
    [Description("Text; a Handlebars template over data: {{alert.name}} is {{state}}.")]
    [StringLength(100_000, MinimumLength = 1)]
    [Editor("multi-line")]
    [Example("nas is full")]
    public required string Message { get; init; }

    [Description("What the template's names stand for.")]
    public IReadOnlyDictionary<string, JsonElement> Data { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Cut to what a channel takes, and seen to be.</summary>
    public static string Fit(string text, int longest) => text.Length <= longest ? text : text[..(longest - 3)] + "...";

    public string Text() => MessageTemplate.Fill(Message, Data);
}
