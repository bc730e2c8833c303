using System.Text;
using System.Text.Json;

namespace Homelab.Rules.Decisions;

/// <summary>On which line of a JSON text each path stands; parsed values no longer know it.</summary>
public static class JsonLines
{
    /// <summary>Path ("$.matrix[2].risk") to line, counted from 1. The text must be JSON that parses.</summary>
    public static IReadOnlyDictionary<string, int> Of(string json)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        Dictionary<string, int> lines = [];
        Stack<(string Path, int Index)> open = new();
        var path = "$";
        var (line, counted) = (1, 0);
        while (reader.Read())
        {
            for (; counted < reader.TokenStartIndex; counted++)
                line += bytes[counted] == (byte)'\n' ? 1 : 0;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    path = $"{open.Peek().Path}.{reader.GetString()}";
                    lines.TryAdd(path, line);
                    continue;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    open.Pop();
                    continue;
            }

            if (open.TryPeek(out var outer) && outer.Index >= 0)
            {
                path = $"{outer.Path}[{outer.Index}]";
                open.Pop();
                open.Push((outer.Path, outer.Index + 1));
            }

            lines.TryAdd(path, line);
            if (reader.TokenType == JsonTokenType.StartObject)
                open.Push((path, -1));
            else if (reader.TokenType == JsonTokenType.StartArray)
                open.Push((path, 0));
        }

        return lines;
    }

    /// <summary>The line of a path, or of the nearest thing around it.</summary>
    public static int Nearest(IReadOnlyDictionary<string, int> lines, string path)
    {
        for (var at = path; at.Length > 0; at = at[..Math.Max(0, at.LastIndexOfAny(['.', '[']))])
        {
            if (lines.TryGetValue(at, out var line))
                return line;
        }

        return 1;
    }
}

/// <summary>Something wrong in a file a person edits: where it is and what to do.</summary>
/// <param name="Line">Counted from 1.</param>
public sealed record FileProblem(string File, string Path, int Line, string Message)
{
    public override string ToString() => $"{File}:{Line} {Path}: {Message}";
}
