using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Homelab.Activities.Notify;

/// <summary>
/// What every message has. Telling people has no effect in the gate's sense: it must never wait for an approval, and one told twice after a
/// crash harms nothing. In a dry run it stops at the door like everything that is sent.
/// </summary>
internal record MessageInput : ConnectedInput
{
    [Description("Text; a Handlebars template over data: {{alert.name}} is {{state}}.")]
    [StringLength(100_000, MinimumLength = 1)]
    [Editor("multi-line")]
    [Example("nas is full")]
    public required string Message { get; init; }

    [Description("What the template's names stand for.")]
    public IReadOnlyDictionary<string, JsonElement> Data { get; init; } = new Dictionary<string, JsonElement>();

    public string Text() => MessageTemplate.Fill(Message, Data);
}
