using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Homelab.Engine.Gate;

/// <summary>One spelling for each JSON value: names in order, no spaces, numbers in their shortest form. What is equal has equal bytes.</summary>
internal static class CanonicalJson
{
    /// <param name="replace">Called with the name of each field of the outermost object; a text instead of the value, or null to keep it.</param>
    public static string Write(JsonElement value, Func<string, JsonElement, string?>? replace = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            Write(writer, value, replace);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value, Func<string, JsonElement, string?>? replace)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();

                // Of a name that comes twice the last value counts, as everywhere JSON is read here.
                foreach (var field in value.EnumerateObject().GroupBy(field => field.Name, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(field.Key);
                    if (replace?.Invoke(field.Key, field.Last().Value) is { } text)
                        writer.WriteStringValue(text);
                    else
                        Write(writer, field.Last().Value, null);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                    Write(writer, item, null);
                writer.WriteEndArray();
                break;
            case JsonValueKind.Number:
                writer.WriteRawValue(Number(value));
                break;
            case JsonValueKind.Undefined:
                writer.WriteNullValue();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    private static string Number(JsonElement value) => value.TryGetDecimal(out var exact)
        ? (exact == 0 ? 0m : exact).ToString("G29", CultureInfo.InvariantCulture) is var text && text.Contains('E', StringComparison.Ordinal)
            ? exact.ToString("0.############################", CultureInfo.InvariantCulture)
            : text
        : value.GetRawText();
}
