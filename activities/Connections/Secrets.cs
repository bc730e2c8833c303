using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Homelab.Activities;

/// <summary>
/// Resolves references (<c>secret:NAME</c> of the encrypted store, <c>env:NAME</c>, <c>file:/path</c>, anything else is the value) and
/// remembers what it gave out, so that no value leaves in an output or a message. Safe for concurrent use.
/// </summary>
internal sealed partial class Secrets(ISecretSource store)
{
    // Shorter ones would blank half of every text; who has a password of three letters has other worries.
    private const int ShortestScrubbed = 4;
    private const int ShortestEncoded = 6;
    private const string Mask = "***";

    private readonly Lock _lock = new();
    private string[] _known = [];

    public async Task<string> ResolveAsync(string reference, CancellationToken cancellationToken)
    {
        var value = reference.Split(':', 2) switch
        {
            ["secret", var name] => await store.FindAsync(name, cancellationToken)
                ?? throw new ActivityException($"Secret '{name}' is not in the secret store; add it there or change the reference.", retryable: false),
            ["env", var name] => Environment.GetEnvironmentVariable(name)
                ?? throw new ActivityException($"Environment variable '{name}', named by a secret reference, is not set.", retryable: false),
            ["file", var path] => await ReadAsync(path, cancellationToken),
            _ => reference,
        };
        Remember(value);
        return value;
    }

    public void Remember(string value)
    {
        if (value.Length < ShortestScrubbed)
            return;
        lock (_lock)
        {
            if (!_known.Contains(value))
                // The longest first: a secret that contains another is blanked whole.
                _known = [.. _known.Concat(Forms(value)).Distinct().OrderByDescending(known => known.Length)];
        }
    }

    public string Scrub(string text)
    {
        foreach (var secret in _known)
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        return text;
    }

    public JsonNode? Scrub(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields.ToList())
                {
                    fields.Remove(name);
                    fields[Scrub(name)] = Scrub(value);
                }

                return fields;
            case JsonArray items:
                for (var index = 0; index < items.Count; index++)
                {
                    var item = items[index];
                    items[index] = null;
                    items[index] = Scrub(item);
                }

                return items;
            case JsonValue value when value.TryGetValue(out string? text):
                // Untouched ones stay as they are: a time read from JSON can still be read as one.
                return Scrub(text) is var scrubbed && scrubbed == text ? value : JsonValue.Create(scrubbed);
            default:
                return node;
        }
    }

    /// <summary>A secret as it may come back: itself, in a URL, in a form, in JSON (of any writer), and in base64 wherever it begins ("user:secret" of a Basic header).</summary>
    private static IEnumerable<string> Forms(string value)
    {
        var url = Uri.EscapeDataString(value);
        string[] forms =
        [
            value,
            url,
            Percent().Replace(url, code => code.Value.ToLowerInvariant()),
            System.Net.WebUtility.UrlEncode(value),
            .. Json(value),
            .. Base64(Encoding.UTF8.GetBytes(value)),
        ];
        return forms.Where(form => form.Length >= ShortestScrubbed);
    }

    /// <summary>In JSON of a careful writer and of a plain one, and in JSON that is quoted in JSON.</summary>
    private static IEnumerable<string> Json(string value) =>
        new[] { JavaScriptEncoder.Default, JavaScriptEncoder.UnsafeRelaxedJsonEscaping }.Select(encoder => JsonEncodedText.Encode(value, encoder).ToString())
        .SelectMany(once => new[] { once, once.Replace("\\", "\\\\", StringComparison.Ordinal) });

    /// <summary>Three bytes make four letters, so there are three ways for it to stand in something longer; the letters that its neighbours share are left out.</summary>
    private static IEnumerable<string> Base64(byte[] value)
    {
        yield return Convert.ToBase64String(value);
        for (var before = 0; before < 3; before++)
        {
            var text = Convert.ToBase64String([.. new byte[before], .. value]).TrimEnd('=');
            var from = before == 0 ? 0 : before + 1;
            var to = text.Length - ((before + value.Length) % 3 == 0 ? 0 : 1);
            if (to - from < ShortestEncoded)
                continue;
            yield return text[from..to];
            yield return text[from..to].Replace('+', '-').Replace('/', '_');
        }
    }

    [GeneratedRegex("%[0-9A-F]{2}")]
    private static partial Regex Percent();

    private static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return (await File.ReadAllTextAsync(path, cancellationToken)).TrimEnd('\r', '\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ActivityException($"Secret file '{path}' cannot be read: {exception.Message}", retryable: false);
        }
    }
}
