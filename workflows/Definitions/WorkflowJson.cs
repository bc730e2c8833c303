using System.Text;
using System.Text.Json;

namespace Homelab.Workflows.Definitions;

/// <summary>Reads and writes Elsa 3's workflow definition JSON. Reading is forgiving about case and legacy forms and strict about what cannot be understood; thread-safe.</summary>
public static class WorkflowJson
{
    public const string Schema = "https://elsaworkflows.io/schemas/workflow-definition/v3.0.0/schema.json";

    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 256 };

    /// <exception cref="WorkflowJsonException">Says line, position and path, and what to do.</exception>
    public static WorkflowDefinition Read(string json)
    {
        var text = json.Length > 0 && json[0] == '\uFEFF' ? json.AsMemory(1) : json.AsMemory();
        try
        {
            using var document = JsonDocument.Parse(text, Lenient);
            return Read(document.RootElement);
        }
        catch (JsonException error)
        {
            throw Broken(error);
        }
    }

    /// <inheritdoc cref="Read(string)"/>
    public static WorkflowDefinition Read(ReadOnlyMemory<byte> utf8Json)
    {
        var bytes = utf8Json.Span.StartsWith("\uFEFF"u8) ? utf8Json[3..] : utf8Json;
        try
        {
            using var document = JsonDocument.Parse(bytes, Lenient);
            return Read(document.RootElement);
        }
        catch (JsonException error)
        {
            throw Broken(error);
        }
    }

    /// <summary>Takes a copy: the element's document may be disposed afterwards.</summary>
    /// <inheritdoc cref="Read(string)"/>
    public static WorkflowDefinition Read(JsonElement json) => DefinitionReader.Read(json.Clone());

    /// <summary>Indented, with the schema's address, nulls left out as Elsa does.</summary>
    public static string Write(WorkflowDefinition definition) => Encoding.UTF8.GetString(WriteUtf8(definition, indented: true));

    public static byte[] WriteUtf8(WorkflowDefinition definition, bool indented = false)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions
        {
            Indented = indented,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            MaxDepth = 256,
        }))
            DefinitionWriter.Write(writer, definition);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The definition as an element, for answers that embed it.</summary>
    public static JsonElement ToElement(WorkflowDefinition definition)
    {
        using var document = JsonDocument.Parse(WriteUtf8(definition), new JsonDocumentOptions { MaxDepth = 256 });
        return document.RootElement.Clone();
    }

    /// <summary>One activity as an element.</summary>
    public static JsonElement ToElement(ActivityNode activity)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { MaxDepth = 256 }))
            DefinitionWriter.Write(writer, activity);
        using var document = JsonDocument.Parse(buffer.WrittenMemory, new JsonDocumentOptions { MaxDepth = 256 });
        return document.RootElement.Clone();
    }

    /// <summary>One activity on its own (Studio's "test activity", the clipboard).</summary>
    /// <inheritdoc cref="Read(string)"/>
    public static ActivityNode ReadActivity(JsonElement json) => DefinitionReader.ReadActivity(json.Clone(), "$");

    private static WorkflowJsonException Broken(JsonException error) => new(
        $"The file is not valid JSON at line {(error.LineNumber ?? 0) + 1}, position {(error.BytePositionInLine ?? 0) + 1}: "
        + $"{FirstSentence(error.Message)} Correct the file there, or export the workflow again.",
        error.Path ?? "$",
        (error.LineNumber ?? 0) + 1,
        (error.BytePositionInLine ?? 0) + 1,
        error);

    private static string FirstSentence(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}

/// <summary>A file that is no workflow definition.</summary>
public sealed class WorkflowJsonException(string message, string path, long? line = null, long? position = null, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>JSON path of the place.</summary>
    public string Path { get; } = path;

    /// <summary>From 1; null where only the path is known.</summary>
    public long? Line { get; } = line;

    /// <summary>From 1, in bytes.</summary>
    public long? Position { get; } = position;
}
