namespace Homelab.Engine.Operations;

/// <summary>The values of the configuration that must never be written anywhere: what is under a name such as Password, Token or ConnectionString.</summary>
/// <remarks>Safe for concurrent use. What is read from the secret store while the server runs is added. Values shorter than <see cref="ShortestMasked"/> are left alone: masking "a" everywhere hides the log, not the secret.</remarks>
internal sealed class Secrets
{
    public const string Mask = "***";
    public const int ShortestMasked = 4;

    private static readonly string[] Names = ["apikey", "connectionstring", "hmac", "passphrase", "password", "privatekey", "secret", "token"];

    private readonly Lock _lock = new();
    private readonly HashSet<string> _stored = new(StringComparer.Ordinal);
    private readonly string[] _configured;
    private volatile string[] _values;

    private Secrets(IEnumerable<string> values) => _values = _configured = Sorted(values);

    public static Secrets From(IConfiguration configuration) =>
        new(configuration.AsEnumerable()
            .Where(pair => pair.Value is not null && !IsReference(pair.Value) && pair.Key.Split(':').Any(IsSecretName))
            .SelectMany(pair => Forms(pair.Value!)));

    public static bool IsSecretName(string name)
    {
        var plain = name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        return Names.Any(secret => plain.Contains(secret, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary><paramref name="text"/> without any secret.</summary>
    public string Hide(string text)
    {
        foreach (var value in _values)
            text = text.Replace(value, Mask, StringComparison.Ordinal);
        return text;
    }

    /// <summary>Hides this value too from now on. A value that was replaced goes on being hidden: it may still open something.</summary>
    public void Add(string value)
    {
        lock (_lock)
        {
            if (_stored.Add(value))
                _values = Sorted(_configured.Concat(_stored.SelectMany(Forms)));
        }
    }

    /// <summary>"secret:NAME" names a secret and is none.</summary>
    public static bool IsReference(string value) =>
        value.StartsWith("secret:", StringComparison.Ordinal) || value.StartsWith("env:", StringComparison.Ordinal) || value.StartsWith("file:", StringComparison.Ordinal);

    private static string[] Sorted(IEnumerable<string> values) => [.. values.Where(value => value.Length >= ShortestMasked).Distinct().OrderByDescending(value => value.Length)];

    /// <summary>A secret as it may appear: itself, in JSON, in a URL; of a connection string only the secret parts, so that "Host=db" does not hide the word.</summary>
    private static IEnumerable<string> Forms(string value)
    {
        var parts = value.Contains('=', StringComparison.Ordinal) && value.Contains(';', StringComparison.Ordinal)
            ? value.Split(';').Select(part => part.Split('=', 2)).Where(part => part.Length == 2 && IsSecretName(part[0].Trim())).Select(part => part[1].Trim())
            : [value];
        return parts.SelectMany(part => new[] { part, Uri.EscapeDataString(part), System.Text.Json.JsonEncodedText.Encode(part).ToString() });
    }
}
