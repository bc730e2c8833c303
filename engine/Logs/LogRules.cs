using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Homelab.Engine.Logs;

/// <summary>What log lines mean, as data: <c>logs/log-rules.json</c> in the rules folder, read again when it changes. A bad edit keeps the rules before it.</summary>
internal sealed partial class LogRules(string file, ILogger<LogRules> logger)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, ReadCommentHandling = JsonCommentHandling.Skip };
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private (DateTime Written, IReadOnlyList<LogRule> Rules, IReadOnlyDictionary<string, IReadOnlyList<string>> Topics) _current = (default, [], new Dictionary<string, IReadOnlyList<string>>());

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Topics => Current().Topics;

    /// <summary>The first rule that fits.</summary>
    public LogRule? Find(string text, string service) => Current().Rules.FirstOrDefault(rule => rule.Fits(text, service));

    private (DateTime Written, IReadOnlyList<LogRule> Rules, IReadOnlyDictionary<string, IReadOnlyList<string>> Topics) Current()
    {
        lock (_lock)
        {
            var written = File.GetLastWriteTimeUtc(file);
            if (written == _current.Written || !File.Exists(file))
                return _current;
            try
            {
                var read = JsonSerializer.Deserialize<RuleFile>(File.ReadAllBytes(file), Format) ?? throw new JsonException("It is empty.");
                foreach (var rule in read.Rules)
                    rule.Compile(Limit);
                _current = (written, read.Rules, new Dictionary<string, IReadOnlyList<string>>(read.Topics, StringComparer.Ordinal));
            }
            catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException or ArgumentException)
            {
                Log.Bad(logger, file, exception.Message);
                _current = _current with { Written = written };
            }

            return _current;
        }
    }

    private sealed record RuleFile(Dictionary<string, IReadOnlyList<string>> Topics, IReadOnlyList<LogRule> Rules);

    private static partial class Log
    {
        [LoggerMessage(5101, LogLevel.Error, "{File} cannot be used, the rules before it stay: {Problem}")]
        public static partial void Bad(ILogger logger, string file, string problem);
    }
}

/// <summary>One rule: which lines, and what they are.</summary>
internal sealed record LogRule
{
    private Regex? _match;
    private Regex? _unless;
    private Regex? _service;

    public required string Name { get; init; }

    /// <summary>security, performance, drift or failure.</summary>
    public required string Class { get; init; }

    /// <summary>info, warning or critical.</summary>
    public required string Severity { get; init; }

    /// <summary>A regular expression over the line, upper and lower case alike.</summary>
    public required string Match { get; init; }

    public string? Unless { get; init; }

    /// <summary>A regular expression over the name of the service.</summary>
    public string? Service { get; init; }

    /// <summary>Lines in one look from which on it counts.</summary>
    public int AtLeast { get; init; } = 1;

    public required string Title { get; init; }

    /// <summary>What to do.</summary>
    public required string Advice { get; init; }

    public bool Fits(string text, string service)
    {
        try
        {
            return _match!.IsMatch(text) && _unless?.IsMatch(text) != true && _service?.IsMatch(service) != false;
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    /// <exception cref="ArgumentException">An expression is none, or a word is none of those allowed.</exception>
    internal void Compile(TimeSpan limit)
    {
        if (Class is not ("security" or "performance" or "drift" or "failure"))
            throw new ArgumentException($"Rule '{Name}': the class '{Class}' is none of security, performance, drift, failure.");
        if (Severity is not ("info" or "warning" or "critical"))
            throw new ArgumentException($"Rule '{Name}': the severity '{Severity}' is none of info, warning, critical.");
        const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;
        _match = new Regex(Match, Options, limit);
        _unless = Unless is null ? null : new Regex(Unless, Options, limit);
        _service = Service is null ? null : new Regex(Service, Options, limit);
    }
}
