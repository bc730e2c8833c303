using System.Text.Json;
using System.Text.Json.Serialization;
using Homelab.Activities;
using Homelab.Engine.Gate;
using Homelab.Engine.Operations;
using Homelab.Engine.Remediation;
using Homelab.Engine.Storage;
using Quartz;

namespace Homelab.Engine.Incidents;

[JsonConverter(typeof(SnakeCaseEnum<CycleMode>))]
internal enum CycleMode
{
    /// <summary>What is found becomes an incident.</summary>
    Continuous,

    /// <summary>What is found is shown and nothing else.</summary>
    DryRun,

    /// <summary>What is found waits for a person to say that it is an incident.</summary>
    Interactive,

    /// <summary>Nothing is looked at but when asked.</summary>
    Stopped,
}

/// <summary>
/// Looks regularly at what no alert says: containers, guests, disks, memory, units, over the configured connections, by activities that only read. What it finds goes into the
/// inbox as an alert does, and what it no longer finds is over; the rest (diagnosis, decision, acting) is the same as for every incident. A job of the scheduler: one node at a time.
/// </summary>
[DisallowConcurrentExecution]
internal sealed partial class HealthCycle(
    Database database, AlertInbox inbox, Reading reading, LiveIncidentRules rules, IConfiguration configuration, Secrets secrets, TimeProvider time, ILogger<HealthCycle> logger) : IJob
{
    private const string Source = "homelab";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        var mode = (await ReadAsync(cancellationToken)).Mode;
        context.Result = mode == CycleMode.Stopped ? "stopped" : $"{(await RunOnceAsync(mode, cancellationToken)).Findings.Count} finding(s)";
    }

    public Task<CycleState> ReadAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async session => (await session.QueryFirstOrDefaultAsync<Row>($"SELECT {Sql.Columns<Row>()} FROM health_cycle WHERE id = 1", null, cancellationToken) ?? new()).ToState(), cancellationToken);

    public Task SetModeAsync(CycleMode mode, CancellationToken cancellationToken) =>
        database.WriteAsync(session => session.ExecuteAsync("UPDATE health_cycle SET mode = @mode WHERE id = 1", new { mode = IncidentJson.Name(mode) }, cancellationToken), cancellationToken);

    /// <summary>One cycle: looks at everything and, unless the mode says otherwise, opens and ends incidents.</summary>
    public async Task<CycleState> RunOnceAsync(CycleMode mode, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var before = await ReadAsync(cancellationToken);
        var seen = await LookAsync(before.Memory, cancellationToken);
        if (mode is CycleMode.Continuous or CycleMode.Interactive)
            await TellAsync(seen, opens: mode == CycleMode.Continuous, cancellationToken);
        await database.WriteAsync(
            session => session.ExecuteAsync(
                "UPDATE health_cycle SET cycles = cycles + 1, last_at = @at, last_milliseconds = @took, findings = @findings, problems = @problems, memory = @memory WHERE id = 1",
                new
                {
                    at = time.GetUtcNow().ToUnixTimeMilliseconds(),
                    took = (long)time.GetElapsedTime(began).TotalMilliseconds,
                    findings = JsonSerializer.Serialize(seen.Findings, IncidentJson.Options),
                    problems = JsonSerializer.Serialize(seen.Problems, IncidentJson.Options),
                    memory = JsonSerializer.Serialize(seen.Memory, IncidentJson.Options),
                },
                cancellationToken),
            cancellationToken);
        return await ReadAsync(cancellationToken);
    }

    /// <summary>A person says that a finding is an incident; null when the last cycle did not find it.</summary>
    public async Task<CycleFinding?> OpenAsync(string fingerprint, CancellationToken cancellationToken)
    {
        var finding = (await ReadAsync(cancellationToken)).Findings.FirstOrDefault(finding => finding.Fingerprint == fingerprint);
        if (finding is not null)
            await inbox.AddAsync(new Delivery(Source, "", [finding.Alert]), cancellationToken);
        return finding;
    }

    private async Task<Seen> LookAsync(IReadOnlyDictionary<string, long> before, CancellationToken cancellationToken)
    {
        List<CycleFinding> findings = [];
        List<string> problems = [];
        Dictionary<string, long> memory = [];
        HashSet<string> looked = [];
        foreach (var observation in Observation.All)
        {
            foreach (var connection in configuration.GetSection($"Activities:{observation.Tool}").GetChildren().Select(child => child.Key.ToLowerInvariant()).Order(StringComparer.Ordinal))
            {
                var key = $"{observation.Name}/{connection}";
                try
                {
                    var found = await observation.LookAsync(new Look(connection, reading, rules.Current.Limits, before, memory, key), cancellationToken);
                    findings.AddRange(found.Select(finding => Found(finding, key)));
                    looked.Add(key);
                }
                catch (ActivityException unreadable)
                {
                    // Neither found nor gone: what was found there before stays as it is.
                    problems.Add($"{key}: {secrets.Hide(unreadable.Message)}");
                    foreach (var (name, value) in before.Where(entry => entry.Key.StartsWith(key + "/", StringComparison.Ordinal)))
                        memory[name] = value;
                    Unreachable(unreadable, observation, connection, key, before, memory, findings, looked);
                }
            }
        }

        return new Seen(findings, problems, memory, looked);
    }

    /// <summary>A machine that cannot be reached twice in a row is down; once may be the network's mood.</summary>
    private void Unreachable(
        ActivityException unreadable, Observation observation, string connection, string key, IReadOnlyDictionary<string, long> before, Dictionary<string, long> memory, List<CycleFinding> findings, HashSet<string> looked)
    {
        // One look a tool speaks for its connection: the first of them.
        if (Observation.All.First(other => other.Tool == observation.Tool) != observation)
            return;
        var misses = $"{key}/unreachable";
        var times = memory[misses] = unreadable.Kind is FailureKind.Connect or FailureKind.Timeout ? before.GetValueOrDefault(misses) + 1 : 0;
        var reach = $"reach/{observation.Tool.ToLowerInvariant()}/{connection}";
        if (times == 0)
            looked.Add(reach);
        if (times < 2)
            return;
        looked.Add(reach);
        findings.Add(Found(
            new Finding(observation.Tool == "Ssh" ? "host_down" : "service_down", $"{observation.Tool} {connection} cannot be reached", "critical", new Dictionary<string, string> { ["service"] = observation.Tool == "Ssh" ? connection : $"{observation.Tool} {connection}", ["host"] = connection }), reach));
    }

    private CycleFinding Found(Finding finding, string seenBy)
    {
        var alert = finding.ToAlert(seenBy, firing: true);
        return new CycleFinding(alert.FingerprintWithout(rules.Current.IgnoredLabels), finding.Kind, finding.Summary, finding.Severity, finding.Labels.GetValueOrDefault(Classifier.TargetLabel), alert);
    }

    /// <summary>What is found fires; what fired and is found no more, where it was looked at, is over.</summary>
    private async Task TellAsync(Seen seen, bool opens, CancellationToken cancellationToken)
    {
        var firing = await database.ReadAsync(
            async session => (await session.QueryAsync<IncidentAlertRow>(
                $"SELECT {Sql.Columns<IncidentAlertRow>()} FROM incident_alerts WHERE source = @Source AND firing = 1 AND incident_id IN (SELECT id FROM incidents WHERE {IncidentStore.Open})",
                new { Source }, cancellationToken)).Select(row => row.ToAlert()).ToArray(),
            cancellationToken);
        var found = seen.Findings.Select(finding => finding.Fingerprint).ToHashSet();
        // A connection that answered is reached.
        var looked = seen.Looked.Concat(seen.Looked.Select(key => $"reach/{Observation.All.FirstOrDefault(look => key.StartsWith(look.Name + "/", StringComparison.Ordinal))?.Tool.ToLowerInvariant()}/{key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..]}")).ToHashSet();
        Alert[] over = [.. firing.Where(alert => !found.Contains(alert.Fingerprint) && looked.Contains(alert.Labels.GetValueOrDefault(Observation.SeenBy, "")))
            .Select(alert => new Alert { Firing = false, Labels = alert.Labels, Annotations = alert.Annotations, EndsAt = time.GetUtcNow() })];
        Alert[] alerts = [.. over, .. opens ? seen.Findings.Select(finding => finding.Alert) : []];
        if (alerts.Length == 0)
            return;
        await inbox.AddAsync(new Delivery(Source, "", alerts), cancellationToken);
        Log.Observed(logger, seen.Findings.Count, over.Length, seen.Problems.Count);
    }

    private sealed record Seen(IReadOnlyList<CycleFinding> Findings, IReadOnlyList<string> Problems, Dictionary<string, long> Memory, HashSet<string> Looked);

    private sealed record Row
    {
        public string Mode { get; init; } = "continuous";

        public long Cycles { get; init; }

        public long? LastAt { get; init; }

        public long? LastMilliseconds { get; init; }

        public string Findings { get; init; } = "[]";

        public string Problems { get; init; } = "[]";

        public string Memory { get; init; } = "{}";

        public CycleState ToState() => new(
            IncidentJson.Read<CycleMode>(Mode), Cycles, IncidentRow.At(LastAt), LastMilliseconds / 1000.0, JsonSerializer.Deserialize<List<CycleFinding>>(Findings, IncidentJson.Options) ?? [],
            JsonSerializer.Deserialize<List<string>>(Problems, IncidentJson.Options) ?? [], JsonSerializer.Deserialize<Dictionary<string, long>>(Memory, IncidentJson.Options) ?? []);
    }

    private static partial class Log
    {
        [LoggerMessage(5141, LogLevel.Information, "Looked around: {Found} finding(s), {Over} over, {Unreadable} could not be looked at")]
        public static partial void Observed(ILogger logger, int found, int over, int unreadable);
    }
}

/// <summary>Where the cycle stands, the same on every node.</summary>
internal sealed record CycleState(
    CycleMode Mode, long Cycles, DateTimeOffset? LastAt, double? LastSeconds, IReadOnlyList<CycleFinding> Findings, IReadOnlyList<string> Problems, IReadOnlyDictionary<string, long> Memory);

/// <param name="Fingerprint">What it is opened by.</param>
internal sealed record CycleFinding(string Fingerprint, string Kind, string Summary, string Severity, string? Target, Alert Alert);
