using System.Text.Json;
using HandlebarsDotNet;

namespace Homelab.Activities.Notify;

/// <summary>Messages are Handlebars templates over the data they are given: <c>{{alert.name}} is {{state}}</c>. Nothing is escaped: the channel's client does what its format needs.</summary>
internal static class MessageTemplate
{
    private static readonly HandlebarsConfiguration Configuration = new() { NoEscape = true };

    public static string Fill(string template, IReadOnlyDictionary<string, JsonElement> data)
    {
        if (!template.Contains("{{", StringComparison.Ordinal))
            return template;
        try
        {
            return Handlebars.Create(Configuration).Compile(template)(data.ToDictionary(field => field.Key, field => Plain(field.Value)));
        }
        catch (HandlebarsException exception)
        {
            throw new ActivityException($"The template of the message is not valid: {exception.Message}", retryable: false);
        }
    }

    private static object? Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().ToDictionary(field => field.Name, field => Plain(field.Value)),
        JsonValueKind.Array => value.EnumerateArray().Select(Plain).ToList(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.String => value.GetString(),
        _ => value.GetRawText(),
    };
}
