using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Homelab.Engine.Lab.Metrics;

namespace Homelab.Engine.Lab.Simulators;

/// <summary>Loki's HTTP API over what the containers wrote: selectors, line filters, and counts of lines over time.</summary>
internal sealed partial class LokiSimulator(World.Homelab homelab) : Simulator(homelab)
{
    protected override Task<Answer?> AnswerAsync(Request request)
    {
        lock (Homelab.Sync)
            return Task.FromResult<Answer?>(Route(request));
    }

    private Answer Route(Request request) => request switch
    {
        _ when request.Is("GET loki/api/v1/status/buildinfo") => Answer.Ok(new JsonObject { ["version"] = "3.1.1", ["revision"] = "lab", ["branch"] = "HEAD", ["goVersion"] = "go1.22" })
            with { Body = System.Text.Encoding.UTF8.GetBytes("""{"status":"success","data":{"version":"3.1.1"},"version":"3.1.1","revision":"lab","branch":"HEAD"}""") },
        _ when request.Is("GET ready") => Answer.Text(200, "ready"),
        _ when request.Is("GET loki/api/v1/labels") => Data(new JsonArray("container", "host", "job")),
        _ when request.Is("GET loki/api/v1/label/*/values") => Data(Values(request.Path[4])),
        _ when request.Is("GET loki/api/v1/query_range") || request.Is("GET loki/api/v1/query") => Query(request),
        _ => Answer.Text(404, "404 page not found"),
    };

    private JsonArray Values(string label) => new([.. Homelab.Containers.Where(container => !container.IsAside).Select(container => label switch
    {
        "container" => container.Name,
        "host" => container.Machine.Name,
        "job" => "docker",
        _ => "",
    }).Where(value => value.Length > 0).Distinct().Order(StringComparer.Ordinal).Select(value => JsonValue.Create(value))]);

    private Answer Query(Request request)
    {
        var query = request.Query.GetValueOrDefault("query", "").Trim();
        var to = Time(request.Query.GetValueOrDefault("end") ?? request.Query.GetValueOrDefault("time")) ?? Homelab.Now;
        var from = Time(request.Query.GetValueOrDefault("start")) ?? to.AddHours(-1);
        var limit = int.TryParse(request.Query.GetValueOrDefault("limit"), CultureInfo.InvariantCulture, out var given) ? given : 100;
        try
        {
            return Metric().Match(query) is { Success: true } metric
                ? Counts(metric, to)
                : Lines(query, from, to, limit, request.Query.GetValueOrDefault("direction") == "forward");
        }
        catch (PromException exception)
        {
            return Answer.Text(400, $"parse error : {exception.Message}");
        }
    }

    private Answer Lines(string query, DateTimeOffset from, DateTimeOffset to, int limit, bool forward)
    {
        var streams = Streams(query).Select(stream => (stream.Labels, Entries: stream.Entries.Where(entry => entry.At >= from && entry.At <= to)))
            .Select(stream => (stream.Labels, Entries: (forward ? stream.Entries.Take(limit) : stream.Entries.Reverse().Take(limit)).ToList())).Where(stream => stream.Entries.Count > 0);
        return Result("streams", new JsonArray([.. streams.Select(stream => new JsonObject
        {
            ["stream"] = Json(stream.Labels),
            ["values"] = new JsonArray([.. stream.Entries.Select(entry => new JsonArray(Nanoseconds(entry.At), entry.Text))]),
        })]));
    }

    /// <summary>sum by (label) (count_over_time({...} |= "x" [5m])), or the count or rate alone.</summary>
    private Answer Counts(Match metric, DateTimeOffset to)
    {
        var range = PromParser.Duration(metric.Groups["range"].Value);
        var counted = Streams(metric.Groups["query"].Value.Trim()).Select(stream =>
        {
            double lines = stream.Entries.Count(entry => entry.At > to - range && entry.At <= to);
            return (stream.Labels, Value: metric.Groups["function"].Value == "rate" ? lines / range.TotalSeconds : lines);
        }).Where(one => one.Value > 0);
        if (metric.Groups["sum"].Success)
        {
            var by = metric.Groups["by"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            counted = counted.GroupBy(one => string.Join('\u0001', by.Select(label => one.Labels.GetValueOrDefault(label, ""))))
                .Select(group => (group.First().Labels.Where(label => by.Contains(label.Key)).ToDictionary(label => label.Key, label => label.Value), group.Sum(one => one.Value)));
        }

        return Result("vector", new JsonArray([.. counted.Select(one => new JsonObject
        {
            ["metric"] = Json(one.Labels),
            ["value"] = new JsonArray(to.ToUnixTimeMilliseconds() / 1000.0, one.Value.ToString(CultureInfo.InvariantCulture)),
        })]));
    }

    private IEnumerable<(Dictionary<string, string> Labels, IEnumerable<World.LogEntry> Entries)> Streams(string query)
    {
        var end = query.IndexOf('}', StringComparison.Ordinal);
        if (!query.StartsWith('{') || end < 0)
            throw new PromException($"a query begins with a selector, such as {{container=\"wiki\"}}, not '{query}'");
        if (PromParser.Parse(query[..(end + 1)]) is not PromNode.Selector selector)
            throw new PromException("the selector cannot be read");
        var rest = query[(end + 1)..];
        var filters = Filter().Matches(rest);
        if (Filter().Replace(rest, "").Trim() is { Length: > 0 } unknown)
            throw new PromException($"the lab does not know '{unknown}'");
        foreach (var container in Homelab.Containers.Where(container => !container.IsAside))
        {
            Dictionary<string, string> labels = new() { ["job"] = "docker", ["container"] = container.Name, ["host"] = container.Machine.Name };
            if (selector.Matchers.All(matcher => matcher.Fits(labels.GetValueOrDefault(matcher.Label, ""))))
                yield return (labels, container.Log.Where(entry => filters.All(filter => Keeps(filter, entry.Text))));
        }
    }

    private static bool Keeps(Match filter, string line)
    {
        var text = filter.Groups["text"].Value;
        return filter.Groups["op"].Value switch
        {
            "|=" => line.Contains(text, StringComparison.Ordinal),
            "!=" => !line.Contains(text, StringComparison.Ordinal),
            "|~" => Regex.IsMatch(line, text, RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(100)),
            _ => !Regex.IsMatch(line, text, RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(100)),
        };
    }

    private static Answer Result(string type, JsonArray result) => Data(new JsonObject { ["resultType"] = type, ["result"] = result, ["stats"] = new JsonObject() });

    private static Answer Data(JsonNode data) => Answer.Ok(new JsonObject { ["status"] = "success", ["data"] = data });

    private static JsonObject Json(Dictionary<string, string> labels) => new(labels.Select(label => KeyValuePair.Create<string, JsonNode?>(label.Key, label.Value)));

    private static string Nanoseconds(DateTimeOffset time) => ((time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * 100).ToString(CultureInfo.InvariantCulture);

    /// <summary>Nanoseconds, seconds or RFC 3339.</summary>
    private static DateTimeOffset? Time(string? text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var number)
            ? number > 1_000_000_000_000_000 ? DateTimeOffset.UnixEpoch.AddTicks(number / 100) : DateTimeOffset.FromUnixTimeSeconds(number)
            : double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : null;

    [GeneratedRegex(@"(?<op>\|=|!=|\|~|!~)\s*[""`](?<text>(?:[^""`\\]|\\.)*)[""`]")]
    private static partial Regex Filter();

    [GeneratedRegex(@"^(?<sum>sum\s*(by\s*\((?<by>[^)]*)\))?\s*\(\s*)?(?<function>count_over_time|rate)\s*\(\s*(?<query>\{.*)\[(?<range>\w+)\]\s*\)\s*\)?$", RegexOptions.Singleline)]
    private static partial Regex Metric();
}
