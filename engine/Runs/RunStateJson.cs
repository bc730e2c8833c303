using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Homelab.Engine.Runs;

/// <summary>How a run's state, events and commands are stored. Compact: defaults are left out, enums are numbers inside frames.</summary>
public static class RunStateJson
{
    public static byte[] Write(RunState state) => JsonSerializer.SerializeToUtf8Bytes(state, RunStateJsonContext.Compact.RunState);

    public static string WriteText(RunState state) => JsonSerializer.Serialize(state, RunStateJsonContext.Compact.RunState);

    public static RunState Read(ReadOnlySpan<byte> utf8Json) =>
        JsonSerializer.Deserialize(utf8Json, RunStateJsonContext.Compact.RunState) ?? throw new JsonException("A run's state is 'null'.");

    public static RunState Read(string json) =>
        JsonSerializer.Deserialize(json, RunStateJsonContext.Compact.RunState) ?? throw new JsonException("A run's state is 'null'.");
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunState))]
internal sealed partial class RunStateJsonContext : JsonSerializerContext
{
    public static RunStateJsonContext Compact { get; } = new(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 256,
        Converters = { new RunIdConverter() },
    });

    private sealed class RunIdConverter : JsonConverter<RunId>
    {
        public override RunId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString() ?? "");

        public override void Write(Utf8JsonWriter writer, RunId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }
}
