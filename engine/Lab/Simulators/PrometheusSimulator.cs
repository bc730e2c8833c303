using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Engine.Lab.Metrics;

namespace Homelab.Engine.Lab.Simulators;

/// <summary>Prometheus: scrapes the homelab, evaluates the lab's rules, answers its HTTP API.</summary>
internal sealed class PrometheusSimulator : Simulator
{
    public static readonly TimeSpan ScrapeEvery = TimeSpan.FromSeconds(5);

    private readonly SeriesStore _store = new(TimeSpan.FromHours(2));
    private DateTimeOffset _lastScrape;

    public PrometheusSimulator(World.Homelab homelab)
        : base(homelab)
    {
        Rules = AlertRules.Load();
        // A server that has run for a while: what is looked at over time has a past.
        for (var at = homelab.Now.AddMinutes(-10); at < homelab.Now; at += TimeSpan.FromSeconds(15))
            _store.Scrape(at, HomelabMetrics.Of(homelab));
    }

    public IReadOnlyList<AlertRule> Rules { get; }

    /// <summary>Scrapes and evaluates if it is time. The homelab is held by the caller.</summary>
    /// <returns>Alerts for Alertmanager: those that fire and those that just ended.</returns>
    public IReadOnlyList<RuleAlert> Pass()
    {
        if (Homelab.Now - _lastScrape < ScrapeEvery)
            return [];
        _lastScrape = Homelab.Now;
        _store.Scrape(Homelab.Now, HomelabMetrics.Of(Homelab));
        return [.. Rules.SelectMany(rule => rule.Evaluate(_store, Homelab.Now))];
    }

    protected override Task<Answer?> AnswerAsync(Request request)
    {
        lock (Homelab.Sync)
            return Task.FromResult<Answer?>(Route(request));
    }

    private Answer Route(Request request) => request switch
    {
        { Path: ["api", "v1", "query"] } => Guard(() => Query(request.Fields())),
        { Path: ["api", "v1", "query_range"] } => Guard(() => QueryRange(request.Fields())),
        _ when request.Is("GET api/v1/alerts") => Data(new JsonObject { ["alerts"] = new JsonArray([.. Rules.SelectMany(rule => rule.Active.Values).Select(Alert)]) }),
        _ when request.Is("GET api/v1/rules") => Data(new JsonObject { ["groups"] = new JsonArray([.. Rules.GroupBy(rule => rule.Group).Select(Group)]) }),
        _ when request.Is("GET api/v1/targets") => Data(new JsonObject { ["activeTargets"] = new JsonArray([.. Targets()]), ["droppedTargets"] = new JsonArray(), ["droppedTargetCounts"] = new JsonObject() }),
        _ when request.Is("GET api/v1/labels") => Data(new JsonArray([.. _store.Series.SelectMany(series => series.All.Keys).Distinct().Order(StringComparer.Ordinal).Select(name => JsonValue.Create(name))])),
        _ when request.Is("GET api/v1/label/*/values") => Data(new JsonArray([
            .. _store.Series.Select(series => series[request.Path[3]]).Where(value => value.Length > 0).Distinct().Order(StringComparer.Ordinal).Select(value => JsonValue.Create(value)),
        ])),
        _ when request.Is("GET api/v1/status/buildinfo") => Data(new JsonObject { ["version"] = "2.53.1", ["revision"] = "lab", ["branch"] = "HEAD", ["buildUser"] = "lab", ["buildDate"] = "20240710-10:16:05", ["goVersion"] = "go1.22" }),
        _ when request.Is("GET -/healthy") || request.Is("GET -/ready") => Answer.Text(200, "Prometheus Server is Healthy.\n"),
        _ when request.Is("POST -/reload") => Answer.Empty(200),
        _ => Answer.Text(404, "404 page not found"),
    };

    private static Answer Guard(Func<Answer> answer)
    {
        try
        {
            return answer();
        }
        catch (Exception exception) when (exception is PromException or ArgumentOutOfRangeException or FormatException)
        {
            return Answer.Of(400, new JsonObject { ["status"] = "error", ["errorType"] = "bad_data", ["error"] = $"invalid parameter \"query\": {exception.Message}" });
        }
    }

    private Answer Query(IReadOnlyDictionary<string, string> fields)
    {
        var at = Time(fields.GetValueOrDefault("time")) ?? Homelab.Now;
        return new PromEvaluator(_store, at).Evaluate(PromParser.Parse(fields.GetValueOrDefault("query", ""))) switch
        {
            PromValue.Scalar scalar => Result("scalar", Pair(at, scalar.Value)),
            PromValue.Vector vector => Result("vector", new JsonArray([.. vector.Samples.Select(sample => new JsonObject { ["metric"] = Metric(sample.Labels), ["value"] = Pair(at, sample.Value) })])),
            PromValue.Matrix matrix => Result("matrix", new JsonArray([.. matrix.Series.Select(series => new JsonObject
            {
                ["metric"] = Metric(series.Labels), ["values"] = new JsonArray([.. series.Points.Select(point => Pair(point.At, point.Value))]),
            })])),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private Answer QueryRange(IReadOnlyDictionary<string, string> fields)
    {
        var node = PromParser.Parse(fields.GetValueOrDefault("query", ""));
        var (from, to) = (Time(fields.GetValueOrDefault("start")) ?? Homelab.Now.AddHours(-1), Time(fields.GetValueOrDefault("end")) ?? Homelab.Now);
        var step = double.TryParse(fields.GetValueOrDefault("step"), CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : PromParser.Duration(fields.GetValueOrDefault("step", "60s"));
        if (step <= TimeSpan.Zero || (to - from) / step > 11_000)
            throw new PromException("exceeded maximum resolution of 11,000 points per timeseries");
        Dictionary<SeriesLabels, JsonArray> lines = [];
        for (var at = from; at <= to; at += step)
        {
            foreach (var sample in new PromEvaluator(_store, at).Vector(node))
            {
                if (!lines.TryGetValue(sample.Labels, out var values))
                    lines[sample.Labels] = values = [];
                values.Add(Pair(at, sample.Value));
            }
        }

        return Result("matrix", new JsonArray([.. lines.Select(line => new JsonObject { ["metric"] = Metric(line.Key), ["values"] = line.Value })]));
    }

    private JsonObject Group(IGrouping<string, AlertRule> group) => new()
    {
        ["name"] = group.Key,
        ["file"] = $"/etc/prometheus/{AlertRules.File}",
        ["interval"] = ScrapeEvery.TotalSeconds,
        ["limit"] = 0,
        ["evaluationTime"] = 0.002,
        ["lastEvaluation"] = Rfc(_lastScrape),
        ["rules"] = new JsonArray([.. group.Select(rule => new JsonObject
        {
            ["state"] = rule.State, ["name"] = rule.Name, ["query"] = rule.Expression, ["duration"] = rule.For.TotalSeconds, ["keepFiringFor"] = 0, ["labels"] = Map(rule.Labels),
            ["annotations"] = Map(rule.Annotations), ["alerts"] = new JsonArray([.. rule.Active.Values.Select(Alert)]), ["health"] = "ok", ["evaluationTime"] = 0.001,
            ["lastEvaluation"] = Rfc(_lastScrape), ["type"] = "alerting",
        })]),
    };

    private static JsonObject Alert(RuleAlert alert) => new()
    {
        ["labels"] = Map(alert.Labels.All), ["annotations"] = Map(alert.Annotations()), ["state"] = alert.IsFiring ? "firing" : "pending", ["activeAt"] = Rfc(alert.ActiveAt),
        ["value"] = alert.Value.ToString("0.######e+00", CultureInfo.InvariantCulture),
    };

    private IEnumerable<JsonObject> Targets() => Homelab.Machines.Select(machine => new JsonObject
    {
        ["discoveredLabels"] = new JsonObject(), ["labels"] = new JsonObject { ["job"] = "node", ["instance"] = $"{machine.Name}:9100" }, ["scrapePool"] = "node",
        ["scrapeUrl"] = $"http://{machine.Name}:9100/metrics", ["globalUrl"] = $"http://{machine.Name}:9100/metrics", ["lastError"] = machine.IsReachable ? "" : "context deadline exceeded",
        ["lastScrape"] = Rfc(_lastScrape), ["lastScrapeDuration"] = 0.01, ["health"] = machine.IsReachable ? "up" : "down", ["scrapeInterval"] = "5s", ["scrapeTimeout"] = "5s",
    });

    private static Answer Result(string type, JsonNode result) => Data(new JsonObject { ["resultType"] = type, ["result"] = result });

    private static Answer Data(JsonNode data) => Answer.Ok(new JsonObject { ["status"] = "success", ["data"] = data });

    private static JsonArray Pair(DateTimeOffset at, double value) => new(at.ToUnixTimeMilliseconds() / 1000.0, value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    });

    private static JsonObject Metric(SeriesLabels labels) => Map(labels.All);

    private static JsonObject Map(IEnumerable<KeyValuePair<string, string>> texts) => new(texts.Select(text => KeyValuePair.Create<string, JsonNode?>(text.Key, text.Value)));

    private static string Rfc(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static DateTimeOffset? Time(string? text) =>
        double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : null;
}
