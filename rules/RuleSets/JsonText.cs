using System.Text;
using System.Text.Json;

namespace Homelab.Rules.RuleSets;

/// <summary>A JSON value that knows its line and column, so that a problem can point to it.</summary>
internal sealed record JsonPart(JsonValueKind Kind, int Line, int Column)
{
    public string? Text { get; init; }

    public IReadOnlyList<(string Name, JsonPart Value)> Fields { get; init; } = [];

    public IReadOnlyList<JsonPart> Items { get; init; } = [];

    /// <summary>Finds a field in any letter case, as RulesEngine's reader does.</summary>
    public JsonPart? this[string name]
    {
        get
        {
            foreach (var (known, value) in Fields)
            {
                if (known.Equals(name, StringComparison.OrdinalIgnoreCase) && value.Kind != JsonValueKind.Null)
                    return value;
            }

            return null;
        }
    }
}

/// <summary>Reads JSON with comments and trailing commas into parts with places.</summary>
internal sealed class JsonText
{
    private readonly byte[] _bytes;
    private readonly List<int> _lines = [0];

    private JsonText(string text)
    {
        _bytes = Encoding.UTF8.GetBytes(text.TrimStart('\uFEFF'));
        for (var i = 0; i < _bytes.Length; i++)
        {
            if (_bytes[i] == '\n')
                _lines.Add(i + 1);
        }
    }

    public static (JsonPart? Root, RuleProblem? Problem) Read(string text)
    {
        var source = new JsonText(text);
        var reader = new Utf8JsonReader(source._bytes, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 64 });
        try
        {
            reader.Read();
            var root = source.Part(ref reader);
            reader.Read();
            return (root, null);
        }
        catch (JsonException exception)
        {
            var message = exception.Message.Split(" LineNumber:")[0];
            return (null, new RuleProblem(exception.Path ?? "", $"Not valid JSON: {message}")
            {
                Line = (int)(exception.LineNumber ?? 0) + 1,
                Column = (int)(exception.BytePositionInLine ?? 0) + 1,
            });
        }
    }

    private JsonPart Part(ref Utf8JsonReader reader)
    {
        var (line, column) = Place((int)reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                List<(string, JsonPart)> fields = [];
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = reader.GetString()!;
                    reader.Read();
                    fields.Add((name, Part(ref reader)));
                }

                return new JsonPart(JsonValueKind.Object, line, column) { Fields = fields };
            case JsonTokenType.StartArray:
                List<JsonPart> items = [];
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(Part(ref reader));
                return new JsonPart(JsonValueKind.Array, line, column) { Items = items };
            case JsonTokenType.String:
                return new JsonPart(JsonValueKind.String, line, column) { Text = reader.GetString() };
            case JsonTokenType.Number:
                return new JsonPart(JsonValueKind.Number, line, column) { Text = Encoding.UTF8.GetString(reader.ValueSpan) };
            case JsonTokenType.True:
                return new JsonPart(JsonValueKind.True, line, column);
            case JsonTokenType.False:
                return new JsonPart(JsonValueKind.False, line, column);
            default:
                return new JsonPart(JsonValueKind.Null, line, column);
        }
    }

    private (int Line, int Column) Place(int index)
    {
        var found = _lines.BinarySearch(index);
        var line = found >= 0 ? found : ~found - 1;
        return (line + 1, index - _lines[line] + 1);
    }
}
