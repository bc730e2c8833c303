using System.Text.Json.Nodes;
using Homelab.Engine.Incidents;
using Homelab.Engine.Storage;
using Homelab.Tests.Activities;
using Homelab.Tests.Engine.Remediation;
using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Tests.Engine.Playbooks;

/// <summary>The whole product with the shipped workflow that heals, on playbooks of the test's own or the shipped ones.</summary>
internal sealed class HealingServer : IAsyncDisposable
{
    public const string Preferences =
        """{ "autonomy": "moderate", "cooldown": "0s", "actionsPerTarget": 100, "actionsPerCause": 100, "actionsPerDay": 100, "quietHours": [] }""";

    private readonly CancellationTokenSource _answering = new();

    private HealingServer(LampServer server) => Server = server;

    public LampServer Server { get; }

    public Lamps Lamps => Server.Lamps;

    public IServiceProvider Services => Server.Server.Services;

    /// <param name="playbooks">By file name; null: the shipped ones, with the shipped diagnoses.</param>
    public static async Task<HealingServer> StartAsync(IReadOnlyDictionary<string, string>? playbooks = null, string? diagnosis = null, params (string Name, string Value)[] settings)
    {
        var folder = Path.Combine(Repository.Root, "workflows", "playbooks");
        var rules = Path.Combine(Repository.Root, "workflows", "diagnosis.yaml");
        if (playbooks is not null)
        {
            folder = Directory.CreateTempSubdirectory("homelab-playbooks-").FullName;
            foreach (var (name, text) in playbooks)
                await File.WriteAllTextAsync(Path.Combine(folder, name), text);
            rules = Path.Combine(folder, "rules.txt");
            await File.WriteAllTextAsync(rules, diagnosis ?? "{}");
        }

        var server = await LampServer.StartAsync(null, Preferences, null, [("Playbooks:Directory", folder), ("Diagnosis:File", rules), .. settings]);
        await server.Server.PublishAsync(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "workflows", "self-healing.json")));
        return new HealingServer(server);
    }

    public string Folder => Services.GetRequiredService<Homelab.Engine.Playbooks.PlaybookLibrary>().Directory!;

    /// <summary>An incident as alerts make one; the shipped workflow starts on it.</summary>
    public async Task<string> OpenAsync(
        string kind, string? target, IReadOnlyDictionary<string, string>? labels = null, string? part = null, string? service = null, string title = "Something is wrong", bool announce = true)
    {
        var incident = New(kind, target, labels, part, service, title, announce);
        await Server.Database.WriteAsync(
            async session =>
            {
                await IncidentStore.LockAsync(session, default);
                await IncidentStore.InsertAsync(session, incident, default);
            },
            default);
        return incident.Id;
    }

    public static Incident New(
        string kind, string? target, IReadOnlyDictionary<string, string>? labels = null, string? part = null, string? service = null, string title = "Something is wrong", bool announce = true)
    {
        var now = TimeProvider.System.GetUtcNow();
        var id = Guid.CreateVersion7(now).ToString("N");
        return new Incident
        {
            Id = id,
            Fingerprint = id,
            Kind = kind,
            Title = title,
            Severity = IncidentSeverity.Warning,
            State = IncidentState.Open,
            Target = target,
            Service = service,
            Part = part,
            Source = "json",
            Labels = labels ?? new Dictionary<string, string>(),
            StartedAt = now.AddSeconds(-20),
            DetectedAt = now,
            UpdatedAt = now,
            AnnounceAt = announce ? now : null,
        };
    }

    public Task<Incident> ResolvedAsync(string id) => IsAsync(id, IncidentState.Resolved);

    /// <summary>Waits for the state, and tells the whole story where it does not come.</summary>
    public async Task<Incident> IsAsync(string id, IncidentState state, int seconds = 120)
    {
        var incidents = Services.GetRequiredService<IncidentStore>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            var incident = (await incidents.FindAsync(id, default))!;
            if (incident.State == state)
                return incident;
            if (limit.IsCancellationRequested || (incident.State is IncidentState.NeedsPerson or IncidentState.Resolved && state is IncidentState.NeedsPerson or IncidentState.Resolved))
                throw new InvalidOperationException($"The incident is {incident.State}, not {state}. {await StoryAsync(id)}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    public async Task<string> StoryAsync(string id)
    {
        var events = await Services.GetRequiredService<IncidentLog>().ReadAsync(id, default);
        var text = string.Join(Environment.NewLine, events.Select(line => $"{line.At:HH:mm:ss} {line.Kind}: {line.Text}"));
        var runs = await Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>().ListAsync(new RunFilter(), RunOrder.Created, true, 0, 10, default);
        foreach (var run in runs.Items.Where(run => run.SubStatus is not Homelab.Engine.Runs.RunSubStatus.Finished))
        {
            var journal = (await Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>().JournalAsync(run.Id, 0, 500, default)).Items;
            text += $"{Environment.NewLine}{run.DefinitionId} {run.SubStatus}: {string.Join(" | ", journal.Where(entry => entry.Message is { Length: > 0 } || entry.EventName == "Faulted").Select(entry => $"{entry.ActivityId} {entry.EventName} {entry.Message}"))}";
        }

        return $"{Environment.NewLine}{text}{Environment.NewLine}{(await Server.GetAsync("/api/playbooks/problems")).ToJsonString()}";
    }

    public async Task<IReadOnlyList<string>> TimelineAsync(string id) =>
        [.. (await Services.GetRequiredService<IncidentLog>().ReadAsync(id, default)).Select(line => $"{line.Kind}: {line.Text}")];

    public async Task<JsonNode> FindingsAsync(string id) => await Server.GetAsync($"/api/incidents/{id}/findings");

    /// <summary>Somebody who says yes to every question from now on.</summary>
    public void SayYes() => _ = Task.Run(async () =>
    {
        HashSet<string> answered = [];
        while (!_answering.IsCancellationRequested)
        {
            foreach (var asked in (await Server.GetAsync("/api/approvals?state=pending"))["items"]!.AsArray())
            {
                if (answered.Add((string)asked!["id"]!))
                    await Server.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true });
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _answering.Token);
        }
    });

    /// <summary>What was done because of it, and how it ended, oldest first.</summary>
    public Task<IReadOnlyList<string>> DoneAsync(string incident) => Server.Database.ReadAsync<IReadOnlyList<string>>(
        async session => [.. await session.QueryAsync<string>("SELECT activity_id || ' ' || result FROM changes WHERE cause = @incident ORDER BY used_at, id", new { incident }, default)], default);

    /// <summary>Playbooks that light a lamp of the target's name.</summary>
    public static string Lamp(string id, string state = "on", string further = "", string wanted = "on") =>
        $$$"""
        id: {{{id}}}
        name: Set lamp {{{state}}}
        owner: tests
        docs: Sets the lamp.
        match: { kind: dark, target: "lamp:*" }
        prior: { successes: 20 }
        {{{further}}}
        steps:
          - activity: lamp.set
            input: { lamp: "${ target.name }", state: "{{{state}}}" }
        verify:
          activity: lamp.look
          input: { lamp: "${ target.name }" }
          expression: state = wanted
          given: { wanted: "{{{wanted}}}" }
          everySeconds: 0.2
          withinSeconds: 1.5
        """;

    public async ValueTask DisposeAsync()
    {
        await _answering.CancelAsync();
        await Server.DisposeAsync();
        _answering.Dispose();
    }
}
