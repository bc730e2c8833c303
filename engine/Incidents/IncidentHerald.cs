using System.Text.Json.Nodes;
using Homelab.Engine.Approvals;
using Homelab.Engine.Definitions;
using Homelab.Engine.Storage;
using Homelab.Engine.Triggers;

namespace Homelab.Engine.Incidents;

/// <summary>
/// Tells of incidents that opened: starts every published workflow with the trigger <see cref="Trigger"/> that wants such ones, and tells people once. What is to be told is a
/// time in the incident's row, so nothing is forgotten by a crash; a start that was accepted before is not accepted again, by its key.
/// </summary>
internal sealed partial class IncidentHerald(
    Database database, DefinitionCatalog definitions, IIntake intake, People people, IncidentMetrics metrics, TimeProvider time, ILogger<IncidentHerald> logger) : BackgroundService
{
    public const string Trigger = "Homelab.Incident.Opened";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private const int Batch = 50;

    /// <summary>Tells of all that is due and answers of how many.</summary>
    public async Task<int> RunOnceAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var due = await database.ReadAsync(
            session => IncidentStore.SelectAsync(session, "announce_at IS NOT NULL AND announce_at <= @now ORDER BY announce_at, id LIMIT @Batch", new { now, Batch }, cancellationToken), cancellationToken);
        foreach (var incident in due)
            await AnnounceAsync(incident, cancellationToken);
        return due.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await RunOnceAsync(stoppingToken) == Batch)
                {
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.Failed(logger, exception);
            }
        }
    }

    private async Task AnnounceAsync(Incident incident, CancellationToken cancellationToken)
    {
        List<(string Text, IncidentLinks? Links)> lines = [];
        foreach (var trigger in definitions.Current.Triggers.Where(trigger => trigger.Name == Trigger && Wants(trigger.Payload, incident)))
        {
            var name = definitions.Current.Published.GetValueOrDefault(trigger.DefinitionId)?.Name ?? trigger.DefinitionId;
            var answer = await intake.StartAsync(
                new StartRequest
                {
                    DefinitionId = trigger.DefinitionId,
                    TriggerActivityId = trigger.ActivityId,
                    Payload = incident.ToJson(),
                    Input = new JsonObject { ["Incident"] = incident.ToJson() },
                    CorrelationId = incident.Id,
                    Name = incident.Title,
                    IdempotencyKey = $"incident/{incident.Id}/{incident.Openings}/{trigger.DefinitionId}/{trigger.ActivityId}",
                },
                cancellationToken);
            switch (answer)
            {
                case IntakeAnswer.Accepted accepted:
                    lines.Add(($"Started {name}.", new IncidentLinks { Run = accepted.Run.Value }));
                    break;
                case IntakeAnswer.Full:
                    // Later, with all of them: those that were accepted are known by their keys.
                    return;
                case IntakeAnswer.AlreadyRunning running:
                    lines.Add(($"Did not start {name}: {running.Reason}", null));
                    break;
                case IntakeAnswer.NotFound missing:
                    lines.Add(($"Could not start {name}: {missing.Reason}", null));
                    break;
            }
        }

        var notice = Notice(incident);
        if (!await ToldAsync(incident, lines, notice, cancellationToken))
            return;
        // Only now: what turned out to be a symptom in the meantime was none of its own.
        metrics.Opened(incident);
        await people.TellAsync(notice, cancellationToken);
    }

    private Notice Notice(Incident incident) => new(
        $"incident-{incident.Id}-{incident.Openings}", time.GetUtcNow(), "alert", IncidentJson.Name(incident.Severity), false,
        $"{(incident.Openings > 1 ? "Again: " : "")}{incident.Title}{(incident.Cause is { } cause ? $" ({cause})" : "")}");

    /// <summary>False where another node was first, or it changed meanwhile and is told of later.</summary>
    private Task<bool> ToldAsync(Incident incident, IReadOnlyList<(string Text, IncidentLinks? Links)> lines, Notice notice, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await IncidentStore.LockAsync(session, cancellationToken);
            var changed = await session.ExecuteAsync(
                "UPDATE incidents SET announce_at = NULL WHERE id = @Id AND openings = @Openings AND announce_at IS NOT NULL", new { incident.Id, incident.Openings }, cancellationToken);
            if (changed == 0)
                return false;
            foreach (var (text, links) in lines)
                await IncidentLog.AppendAsync(session, notice.At, incident.Id, "workflow", text, links, "engine", cancellationToken);
            await People.StoreAsync(session, notice, cancellationToken);
            return true;
        },
        cancellationToken);

    /// <summary>The trigger's inputs: kinds (a list, or words with commas between; none is all) and the least severity.</summary>
    internal static bool Wants(JsonObject payload, Incident incident)
    {
        string[] kinds = payload["kinds"] switch
        {
            JsonArray list => [.. list.Select(item => item?.ToString() ?? "")],
            JsonValue text => text.ToString().Split([',', ' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
            _ => [],
        };
        var least = payload["minSeverity"]?.ToString() is { Length: > 0 } word && Enum.TryParse<IncidentSeverity>(word, ignoreCase: true, out var read) ? read : IncidentSeverity.Info;
        return (kinds.Length == 0 || kinds.Contains(incident.Kind, StringComparer.OrdinalIgnoreCase)) && incident.Severity >= least;
    }

    private static partial class Log
    {
        [LoggerMessage(5101, LogLevel.Error, "Incidents that opened could not be told of; tried again at once")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
