using System.Globalization;
using System.Text;
using System.Text.Json;
using Homelab.Engine.Api;

namespace Homelab.Engine.Incidents;

/// <summary>What the bodies of the known senders say. Lenient in what does not matter, and all problems at once in what does; pure.</summary>
internal static class DeliveryReader
{
    private const int MostAlerts = 20_000;

    /// <summary>Alertmanager's webhook, version 4; Grafana's alerting sends the same with a little more.</summary>
    public static (Delivery? Delivery, IReadOnlyList<Fault> Faults) Alertmanager(JsonElement body, string source)
    {
        List<Fault> faults = [];
        if (body.ValueKind != JsonValueKind.Object)
            return (null, [Bad("body", body, "The body must be an object with a list 'alerts', as Alertmanager's webhook sends it.")]);
        if (!body.TryGetProperty("alerts", out var list) || list.ValueKind != JsonValueKind.Array)
            return (null, [Bad("alerts", list, "'alerts' must be a list, as Alertmanager's webhook sends it.")]);
        if (list.GetArrayLength() > MostAlerts)
            return (null, [new Fault("alerts", $"{list.GetArrayLength()} alerts", $"At most {MostAlerts} alerts are taken at once.", "Set max_alerts, or group by more labels.")]);
        List<Alert> alerts = [];
        foreach (var (item, index) in list.EnumerateArray().Select((item, index) => (item, index)))
        {
            var path = $"alerts[{index}]";
            if (item.ValueKind != JsonValueKind.Object)
            {
                faults.Add(Bad(path, item, "An alert must be an object."));
                continue;
            }

            // Each says itself whether it fires: a group that fires can hold alerts that are over.
            var status = Text(item, "status") ?? Text(body, "status");
            if (status is not ("firing" or "resolved"))
                faults.Add(Bad($"{path}.status", Get(item, "status"), "'status' must be firing or resolved."));
            var labels = Words(item, "labels", path, faults);
            if (labels.Count == 0)
                faults.Add(Bad($"{path}.labels", Get(item, "labels"), "An alert has at least one label."));
            var annotations = Words(item, "annotations", path, faults);
            if (Text(item, "valueString") is { Length: > 0 } values)
                annotations["values"] = values;
            alerts.Add(new Alert
            {
                Firing = status == "firing",
                Labels = labels,
                Annotations = annotations,
                StartsAt = Time(item, "startsAt", path, faults),
                EndsAt = Time(item, "endsAt", path, faults),
                Url = Text(item, "panelURL") ?? Text(item, "dashboardURL") ?? Text(item, "generatorURL"),
            });
        }

        var hidden = Get(body, "truncatedAlerts") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var count) ? count : 0;
        return faults.Count > 0
            ? (null, faults)
            : (new Delivery(source, Text(body, "receiver") ?? "", alerts, hidden > 0 ? new MissingAlerts(hidden, Words(body, "groupLabels", "", faults), Text(body, "externalURL")) : null), []);
    }

    /// <summary>Uptime Kuma's webhook. A test message, and what comes without a monitor, is words.</summary>
    public static (Delivery? Delivery, IReadOnlyList<Fault> Faults) UptimeKuma(JsonElement body, IncidentRules rules)
    {
        const string Source = "uptime-kuma";
        if (body.ValueKind != JsonValueKind.Object || (Get(body, "monitor").ValueKind == JsonValueKind.Undefined && Text(body, "msg") is null))
            return (null, [Bad("body", body, "The body must be an object with 'heartbeat', 'monitor' and 'msg', as Uptime Kuma's webhook sends it (content type JSON).")]);
        var message = Text(body, "msg") ?? "";
        if (Get(body, "monitor") is not { ValueKind: JsonValueKind.Object } monitor || Get(body, "heartbeat") is not { ValueKind: JsonValueKind.Object } beat)
        {
            // A test says so in every language by having nothing else; a certificate that runs out has only words too.
            return KindOf(message, rules) is { } kind and not IncidentRules.Unknown ? (new Delivery(Source, "", [Spoken(message, kind, rules, [])]), []) : (new Delivery(Source, "", []), []);
        }

        if (Get(beat, "status") is not { ValueKind: JsonValueKind.Number } number || !number.TryGetInt32(out var status))
            return (null, [Bad("heartbeat.status", Get(beat, "status"), "'status' must be 0 (down), 1 (up), 2 (pending) or 3 (maintenance).")]);
        if (Text(monitor, "name") is not { Length: > 0 } name)
            return (null, [Bad("monitor.name", Get(monitor, "name"), "The monitor has no name.")]);
        // Neither pending nor in maintenance is something to do anything about.
        if (status is not (0 or 1))
            return (new Delivery(Source, "", []), []);
        Dictionary<string, string> labels = new() { ["alertname"] = "MonitorDown", ["monitor"] = name, ["severity"] = "critical" };
        foreach (var (label, field) in new[] { ("monitor_type", "type"), ("instance", "url"), ("hostname", "hostname"), ("container", "docker_container") })
            if (Text(monitor, field) is { Length: > 0 } value and not "https://")
                labels[label] = value;
        var at = Text(beat, "time") is { } time && DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read) ? read : (DateTimeOffset?)null;
        return (new Delivery(Source, "", [new Alert
        {
            Firing = status == 0,
            Labels = labels,
            Annotations = new Dictionary<string, string> { ["summary"] = $"{name} is down", ["description"] = Text(beat, "msg") ?? message },
            StartsAt = status == 0 ? at : null,
            EndsAt = status == 1 ? at : null,
        }]), []);
    }

    /// <summary>Any JSON, by a mapping of the rules.</summary>
    public static (Delivery? Delivery, IReadOnlyList<Fault> Faults) Mapped(JsonElement body, string source, JsonMapping mapping)
    {
        List<Fault> faults = [];
        List<Alert> alerts = [];
        var items = mapping.Items is null ? body : JsonPath.Find(body, mapping.Items);
        if (mapping.Items is not null && items.ValueKind != JsonValueKind.Array)
            return (null, [Bad(mapping.Items, items, $"The mapping '{source}' of {IncidentRulesReader.FileName} expects a list here.")]);
        foreach (var (item, index) in (mapping.Items is null ? [body] : items.EnumerateArray().ToArray()).Select((item, index) => (item, index)))
        {
            var path = mapping.Items is null ? "body" : $"{mapping.Items}[{index}]";
            if (JsonPath.Fill(item, mapping.Name) is not { Length: > 0 } name)
            {
                faults.Add(Bad($"{path} {mapping.Name}", default, $"The mapping '{source}' of {IncidentRulesReader.FileName} finds no name here."));
                continue;
            }

            Dictionary<string, string> labels = new() { ["alertname"] = name };
            foreach (var (label, template) in mapping.Labels)
                if (JsonPath.Fill(item, template) is { Length: > 0 } value)
                    labels[label] = value;
            if (mapping.Severity is { } severity && JsonPath.Fill(item, severity) is { Length: > 0 } word)
                labels["severity"] = word;
            Dictionary<string, string> annotations = [];
            foreach (var (annotation, template) in new[] { ("summary", mapping.Summary), ("description", mapping.Description) })
                if (template is not null && JsonPath.Fill(item, template) is { Length: > 0 } value)
                    annotations[annotation] = value;
            var firing = mapping.Status is null || JsonPath.Fill(item, mapping.Status) is not { } status || !mapping.Resolved.Contains(status);
            var at = mapping.StartsAt is { } from && JsonPath.Fill(item, from) is { } text ? JsonPath.Time(text) : null;
            alerts.Add(new Alert
            {
                Firing = firing, Labels = labels, Annotations = annotations, StartsAt = firing ? at : null, EndsAt = firing ? null : at,
                Url = mapping.Url is { } url ? JsonPath.Fill(item, url) : null,
            });
        }

        return faults.Count > 0 ? (null, faults) : (new Delivery(source, "", alerts), []);
    }

    /// <summary>What a person says: "the site is slow".</summary>
    /// <param name="things">Names that the product knows; the longest that is in the text is what it is about.</param>
    public static (Delivery? Delivery, IReadOnlyList<Fault> Faults) Words(string text, string by, IncidentRules rules, IEnumerable<string> things)
    {
        text = text.Trim();
        if (text.Length is 0 or > 2000)
            return (null, [new Fault("text", text.Length == 0 ? "nothing" : $"{text.Length} characters", "The text must have 1 to 2000 characters.", "Say in a sentence what is wrong.")]);
        return (new Delivery("text", by, [Spoken(text, KindOf(text, rules), rules, things)]), []);
    }

    private static Alert Spoken(string text, string kind, IncidentRules rules, IEnumerable<string> things)
    {
        var about = things.Where(thing => Mentions(text, thing)).MaxBy(thing => thing.Length);
        Dictionary<string, string> labels = new() { ["alertname"] = "Reported", [Classifier.KindLabel] = kind, ["severity"] = "warning" };
        if (about is not null)
            labels["service"] = about;
        else if (kind == IncidentRules.Unknown || !rules.Kinds.ContainsKey(kind))
            labels["text"] = text;
        return new Alert { Firing = true, Labels = labels, Annotations = new Dictionary<string, string> { ["summary"] = text } };
    }

    private static string KindOf(string text, IncidentRules rules) => rules.Texts.FirstOrDefault(rule => rule.Words.Fits(text))?.Kind ?? IncidentRules.Unknown;

    private static bool Mentions(string text, string thing)
    {
        for (var at = text.IndexOf(thing, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(thing, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            if ((at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (at + thing.Length == text.Length || !char.IsLetterOrDigit(text[at + thing.Length])))
                return true;
        }

        return false;
    }

    private static JsonElement Get(JsonElement outer, string name) => outer.ValueKind == JsonValueKind.Object && outer.TryGetProperty(name, out var value) ? value : default;

    private static string? Text(JsonElement outer, string name) => Get(outer, name) is { ValueKind: JsonValueKind.String } text ? Clean(text.GetString()!) : null;

    private static Dictionary<string, string> Words(JsonElement outer, string name, string path, List<Fault> faults)
    {
        var table = Get(outer, name);
        if (table.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return [];
        if (table.ValueKind != JsonValueKind.Object)
        {
            faults.Add(Bad($"{path}.{name}", table, $"'{name}' must be an object of texts."));
            return [];
        }

        Dictionary<string, string> words = [];
        foreach (var entry in table.EnumerateObject())
            words[Clean(entry.Name)] = Clean(entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : entry.Value.GetRawText());
        return words;
    }

    /// <summary>PostgreSQL stores no zero character in a text, and nobody reads one.</summary>
    private static string Clean(string text) => text.Contains('\0', StringComparison.Ordinal) ? text.Replace("\0", "", StringComparison.Ordinal) : text;

    /// <summary>Year one is how Go says that there is none.</summary>
    private static DateTimeOffset? Time(JsonElement outer, string name, string path, List<Fault> faults)
    {
        var value = Get(outer, name);
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return null;
        if (value.ValueKind == JsonValueKind.String && DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return time.Year <= 1970 ? null : time.ToUniversalTime();
        faults.Add(Bad($"{path}.{name}", value, $"'{name}' must be a time such as 2026-11-21T03:19:02.999Z."));
        return null;
    }

    private static Fault Bad(string path, JsonElement value, string rule) => new(
        path.TrimStart('.'), value.ValueKind switch
        {
            JsonValueKind.Undefined => "missing",
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            _ => value.GetRawText() is { Length: > 60 } raw ? raw[..57] + "..." : value.GetRawText(),
        }, rule, "Correct the sender. Nothing of this request was accepted.");

    /// <exception cref="Triggers.BadDeliveryException">400.</exception>
    public static JsonDocument Parse(byte[] body)
    {
        try
        {
            return JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
        }
        catch (JsonException exception)
        {
            throw new Triggers.BadDeliveryException(
                StatusCodes.Status400BadRequest,
                $"The body is not JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}. {exception.Message.Split(" LineNumber", 2)[0]} Nothing was accepted.");
        }
    }

    /// <summary>The words of a request: text as it is, or {"text": "..."}.</summary>
    public static string TextOf(byte[] body, bool isJson)
    {
        if (!isJson)
            return Encoding.UTF8.GetString(body).Replace("\0", "", StringComparison.Ordinal);
        using var document = Parse(body);
        return document.RootElement.ValueKind == JsonValueKind.String ? Clean(document.RootElement.GetString()!) : Text(document.RootElement, "text") ?? "";
    }
}
