using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Engine.Lab.Metrics;

namespace Homelab.Engine.Lab.Simulators;

/// <summary>
/// Alertmanager: groups by alert name, waits a little for more, posts the webhook as real ones do (a group that is firing may hold resolved alerts; the same bytes again
/// until the receiver takes them), and answers its API v2.
/// </summary>
internal sealed class AlertmanagerSimulator(World.Homelab homelab) : Simulator(homelab)
{
    private static readonly TimeSpan GroupWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan GroupInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RepeatInterval = TimeSpan.FromHours(4);

    private readonly Dictionary<string, AlertGroup> _groups = [];
    private readonly List<JsonObject> _silences = [];

    /// <summary>Where it is reached; it stands in what it posts.</summary>
    public string Url { get; set; } = "";

    /// <summary>Takes what Prometheus sends and says which notifications are due. The homelab is held by the caller.</summary>
    public IReadOnlyList<Notification> Pass(IReadOnlyList<RuleAlert> alerts)
    {
        foreach (var alert in alerts)
        {
            var name = alert.Labels["alertname"];
            if (!_groups.TryGetValue(name, out var group))
                _groups[name] = group = new(name, Homelab.Now + GroupWait);
            group.Take(alert);
        }

        List<Notification> due = [];
        foreach (var group in _groups.Values.Where(group => group.Pending is null && Homelab.Now >= group.NextAt).ToList())
        {
            var changed = group.Alerts.Values.Any(alert => alert.State != alert.ToldState);
            if (!changed && Homelab.Now - group.ToldAt < RepeatInterval)
                continue;
            var shown = group.Alerts.Values.Where(alert => alert.Silenced is null && !(alert.State == "resolved" && alert.ToldState == "")).ToList();
            if (shown.Count > 0)
                due.Add(group.Pending = new(group.Name, Body(group, shown)));
            foreach (var alert in group.Alerts.Values.ToList())
            {
                alert.ToldState = alert.State;
                if (alert.State == "resolved")
                    group.Alerts.Remove(alert.Fingerprint);
            }

            (group.ToldAt, group.NextAt) = (Homelab.Now, Homelab.Now + GroupInterval);
            if (group.Alerts.Count == 0 && group.Pending is null)
                _groups.Remove(group.Name);
        }

        due.AddRange(_groups.Values.Where(group => group.Pending is { } failed && !due.Contains(failed)).Select(group => group.Pending!)); // just seen
        return due;
    }

    /// <summary>The receiver took it, or said that it never will; otherwise it is sent again, byte by byte the same.</summary>
    public void Delivered(Notification notification)
    {
        if (_groups.TryGetValue(notification.Group, out var group) && group.Pending == notification)
        {
            group.Pending = null;
            if (group.Alerts.Count == 0)
                _groups.Remove(group.Name);
        }
    }

    protected override Task<Answer?> AnswerAsync(Request request)
    {
        lock (Homelab.Sync)
            return Task.FromResult<Answer?>(Route(request));
    }

    private Answer Route(Request request) => request switch
    {
        _ when request.Is("GET api/v2/alerts") => Answer.Ok(new JsonArray([.. _groups.Values.SelectMany(group => group.Alerts.Values).Where(alert => alert.State == "firing").Select(Gettable)])),
        _ when request.Is("GET api/v2/silences") => Answer.Ok(new JsonArray([.. _silences.Select(silence => silence.DeepClone())])),
        _ when request.Is("POST api/v2/silences") => Silence(request.Json()),
        _ when request.Is("GET api/v2/silence/*") => Find(request.Path[3]) is { } silence ? Answer.Ok(silence.DeepClone()) : Answer.Of(404, JsonValue.Create("silence not found")!),
        _ when request.Is("DELETE api/v2/silence/*") => Expire(request.Path[3]),
        _ when request.Is("GET api/v2/status") => Answer.Ok(new JsonObject
        {
            ["cluster"] = new JsonObject { ["status"] = "disabled", ["peers"] = new JsonArray() }, ["config"] = new JsonObject { ["original"] = "route: { receiver: homelab, group_by: [alertname] }" },
            ["uptime"] = Rfc(Homelab.StartedAt), ["versionInfo"] = new JsonObject { ["version"] = "0.27.0", ["revision"] = "lab", ["branch"] = "HEAD", ["buildUser"] = "lab", ["buildDate"] = "20240801", ["goVersion"] = "go1.22" },
        }),
        _ => Answer.Text(404, "404 page not found"),
    };

    private string Body(AlertGroup group, IReadOnlyList<HeldAlert> shown)
    {
        var firing = shown.Any(alert => alert.State == "firing");
        return new JsonObject
        {
            ["receiver"] = "homelab",
            ["status"] = firing ? "firing" : "resolved",
            ["alerts"] = new JsonArray([.. shown.Select(alert => new JsonObject
            {
                ["status"] = alert.State, ["labels"] = Map(alert.Labels.All), ["annotations"] = Map(alert.Annotations), ["startsAt"] = Rfc(alert.StartsAt),
                ["endsAt"] = alert.EndsAt is { } end ? Rfc(end) : "0001-01-01T00:00:00Z", ["generatorURL"] = $"{Url}/graph?g0.expr={Uri.EscapeDataString(alert.Expression)}", ["fingerprint"] = alert.Fingerprint,
            })]),
            ["groupLabels"] = new JsonObject { ["alertname"] = group.Name },
            ["commonLabels"] = Map(shown[0].Labels.All.Where(label => shown.All(alert => alert.Labels[label.Key] == label.Value))),
            ["commonAnnotations"] = Map(shown[0].Annotations.Where(annotation => shown.All(alert => alert.Annotations.GetValueOrDefault(annotation.Key) == annotation.Value))),
            ["externalURL"] = Url,
            ["version"] = "4",
            ["groupKey"] = $"{{}}:{{alertname=\"{group.Name}\"}}",
            ["truncatedAlerts"] = 0,
        }.ToJsonString();
    }

    private Answer Silence(JsonObject body)
    {
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"silence {_silences.Count}")).AsSpan(0, 16)).ToString();
        body["id"] = id;
        body["updatedAt"] = Rfc(Homelab.Now);
        body["status"] = new JsonObject { ["state"] = "active" };
        body["annotations"] ??= new JsonObject();
        var name = (body["matchers"] as JsonArray ?? []).FirstOrDefault(matcher => (string?)matcher?["name"] == "alertname")?["value"]?.ToString() ?? "alert";
        if (Homelab.Do("silence", "alert", name) is { } error)
            return Answer.Of(500, JsonValue.Create(error)!);
        _silences.Add(body);
        foreach (var alert in _groups.Values.SelectMany(group => group.Alerts.Values).Where(alert => Matches(body, alert)))
            alert.Silenced = id;
        return Answer.Ok(new JsonObject { ["silenceID"] = id });
    }

    private static bool Matches(JsonObject silence, HeldAlert alert) => (silence["matchers"] as JsonArray ?? []).OfType<JsonObject>().All(matcher =>
        new LabelMatcher((string?)matcher["name"] ?? "", ((bool?)matcher["isRegex"] == true ? (bool?)matcher["isEqual"] != false ? "=~" : "!~" : (bool?)matcher["isEqual"] != false ? "=" : "!="), (string?)matcher["value"] ?? "")
            .Fits(alert.Labels[(string?)matcher["name"] ?? ""]));

    private Answer Expire(string id)
    {
        if (Find(id) is not { } silence)
            return Answer.Of(404, JsonValue.Create("silence not found")!);
        silence["status"] = new JsonObject { ["state"] = "expired" };
        foreach (var alert in _groups.Values.SelectMany(group => group.Alerts.Values).Where(alert => alert.Silenced == id))
            alert.Silenced = null;
        return Answer.Empty(200);
    }

    private JsonObject? Find(string id) => _silences.Find(silence => (string?)silence["id"] == id);

    private static JsonObject Gettable(HeldAlert alert) => new()
    {
        ["annotations"] = Map(alert.Annotations), ["endsAt"] = Rfc(alert.StartsAt.AddHours(4)), ["fingerprint"] = alert.Fingerprint, ["receivers"] = new JsonArray(new JsonObject { ["name"] = "homelab" }),
        ["startsAt"] = Rfc(alert.StartsAt), ["updatedAt"] = Rfc(alert.StartsAt), ["generatorURL"] = "", ["labels"] = Map(alert.Labels.All),
        ["status"] = new JsonObject { ["inhibitedBy"] = new JsonArray(), ["silencedBy"] = alert.Silenced is { } by ? new JsonArray(by) : new JsonArray(), ["state"] = alert.Silenced is null ? "active" : "suppressed" },
    };

    private static JsonObject Map(IEnumerable<KeyValuePair<string, string>> texts) => new(texts.Select(text => KeyValuePair.Create<string, JsonNode?>(text.Key, text.Value)));

    private static string Rfc(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    internal sealed record Notification(string Group, string Body);

    private sealed class AlertGroup(string name, DateTimeOffset nextAt)
    {
        public string Name => name;

        public Dictionary<string, HeldAlert> Alerts { get; } = [];

        public DateTimeOffset NextAt { get; set; } = nextAt;

        public DateTimeOffset ToldAt { get; set; }

        public Notification? Pending { get; set; }

        public void Take(RuleAlert alert)
        {
            var fingerprint = Fingerprint(alert.Labels);
            if (!Alerts.TryGetValue(fingerprint, out var held))
            {
                // Ended before it was ever told of: nobody is told at all.
                if (alert.ResolvedAt is not null)
                    return;
                Alerts[fingerprint] = held = new(fingerprint, alert.Labels, alert.Rule.Expression, alert.ActiveAt);
            }

            (held.Annotations, held.EndsAt, held.State) = (alert.Annotations(), alert.ResolvedAt, alert.ResolvedAt is null ? "firing" : "resolved");
        }

        /// <summary>Sixteen hexadecimal digits of its labels, the same for as long as it is the same alert.</summary>
        private static string Fingerprint(SeriesLabels labels) =>
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', labels.All.Select(label => $"{label.Key}={label.Value}")))))[..16];
    }

    private sealed class HeldAlert(string fingerprint, SeriesLabels labels, string expression, DateTimeOffset startsAt)
    {
        public string Fingerprint => fingerprint;

        public SeriesLabels Labels => labels;

        public string Expression => expression;

        public DateTimeOffset StartsAt => startsAt;

        public DateTimeOffset? EndsAt { get; set; }

        public Dictionary<string, string> Annotations { get; set; } = [];

        public string State { get; set; } = "firing";

        public string ToldState { get; set; } = "";

        public string? Silenced { get; set; }
    }
}
