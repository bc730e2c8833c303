using System.Text.Json;
using System.Text.Json.Serialization;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Storage;

/// <summary>How journal entries are stored: one array a commit.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<JournalEntry>))]
internal sealed partial class JournalJson : JsonSerializerContext
{
    public static byte[] Write(List<JournalEntry> entries) => JsonSerializer.SerializeToUtf8Bytes(entries, Default.ListJournalEntry);

    public static List<JournalEntry> Read(byte[] body) => JsonSerializer.Deserialize(body, Default.ListJournalEntry) ?? [];
}
