using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Homelab.Tests.Engine;
using Homelab.Tests.Storage;

namespace Homelab.Benchmarks.Server;

/// <summary><c>alerts [--seconds 30] [--rate 1000] [--causes 200] [--together 1] [--store sqlite|postgres]</c>: a burst of alerts into the real executable. Nothing may be lost and each cause is one incident.</summary>
internal static class AlertBurst
{
    private const string Workflow =
        """
        {"id":"on-incident-1","definitionId":"on-incident","name":"On incident","version":1,"isLatest":true,"isPublished":true,"variables":[{"id":"incident","name":"Incident","typeName":"Object"}],
         "root":{"id":"flow","type":"Elsa.Flowchart","version":1,"activities":[
           {"id":"in","type":"Homelab.Incident.Opened","version":1,"customProperties":{"canStartWorkflow":true},"result":{"typeName":"Object","memoryReference":{"id":"incident"}}},
           {"id":"name","type":"Elsa.SetName","version":1,"value":{"typeName":"String","expression":{"type":"JavaScript","value":"getIncident().title"}}}],
          "connections":[{"source":{"activity":"in","port":"Done"},"target":{"activity":"name","port":"In"}}]}}
        """;

    public static async Task RunAsync(string[] options)
    {
        int Option(string name, int otherwise) => Array.IndexOf(options, name) is >= 0 and var at ? int.Parse(options[at + 1], CultureInfo.InvariantCulture) : otherwise;
        var (seconds, rate, causes, together) = (Option("--seconds", 30), Option("--rate", 1000), Option("--causes", 200), Option("--together", 1));
        var store = Array.IndexOf(options, "--store") is >= 0 and var named ? options[named + 1] : "sqlite";
        var directory = Directory.CreateTempSubdirectory("homelab-burst-").FullName;
        try
        {
            var connection = store == "postgres" ? await (await PostgresServer.SharedAsync()).CreateDatabaseAsync() : null;
            await using var engine = await EngineProcess.StartAsync(null, directory, connection, new Dictionary<string, string> { ["on-incident.json"] = Workflow });
            await BurstAsync(engine, store, seconds, rate, causes, together);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task BurstAsync(EngineProcess engine, string store, int seconds, int rate, int causes, int together)
    {
        using var look = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = engine.Address };
        (await look.PostAsJsonAsync("/api/session", new { name = "admin", password = EngineProcess.Password })).EnsureSuccessStatusCode();
        using var sender = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 64 }) { BaseAddress = engine.Address };
        var (before, processor, began) = (engine.Memory, engine.Processor, Stopwatch.GetTimestamp());
        var firstRun = FirstRunAsync(look, began);
        var (sent, refused, times, most, pending) = (0, 0, new List<double>(), 0.0, new List<Task>());
        for (var total = seconds * rate; sent < total;)
        {
            var due = Math.Min(total, (int)(Stopwatch.GetElapsedTime(began).TotalSeconds * rate));
            for (; sent < due; sent += together)
                pending.Add(SendAsync(Enumerable.Range(sent, together).Select(number => number % causes).ToArray()));
            most = Math.Max(most, engine.Memory);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        await Task.WhenAll(pending);
        var accepted = Stopwatch.GetElapsedTime(began);
        JsonArray incidents;
        long deliveries;
        do
        {
            incidents = await ListAsync(look);
            deliveries = incidents.Sum(incident => (long)incident!["deliveries"]!);
            most = Math.Max(most, engine.Memory);
        }
        while (deliveries < sent - refused && Stopwatch.GetElapsedTime(began) < accepted + TimeSpan.FromMinutes(2));
        var drained = Stopwatch.GetElapsedTime(began) - accepted;
        while ((long)(await look.GetFromJsonAsync<JsonNode>("/api/runs?pageSize=1"))!["total"]! < causes && Stopwatch.GetElapsedTime(began) < accepted + TimeSpan.FromMinutes(2))
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        var runs = (long)(await look.GetFromJsonAsync<JsonNode>("/api/runs?pageSize=1"))!["total"]!;
        var first = (await firstRun).TotalSeconds;
        times.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"""
            alerts ({store}, {together} a request): {sent} sent in {accepted.TotalSeconds:0.0} s ({sent / accepted.TotalSeconds:0}/s), {refused} refused, {sent - refused - deliveries} lost
              accepted (stored) after: median {times[times.Count / 2]:0.0} ms, p99 {times[(int)(times.Count * 0.99)]:0.0} ms; all correlated {drained.TotalSeconds:0.0} s after the last was accepted
              incidents {incidents.Count} of {causes} causes, runs {runs}; first run {first:0.00} s after the first alert
              memory {before:0} MB before, at most {most:0} MB; processor {(engine.Processor - processor).TotalSeconds:0.0} s
            """));

        async Task SendAsync(int[] which)
        {
            var at = Stopwatch.GetTimestamp();
            using var answer = await sender.PostAsJsonAsync("/api/alerts/alertmanager", new
            {
                version = "4", receiver = "burst", status = "firing",
                alerts = which.Select(cause => new { status = "firing", labels = new { alertname = "ServiceDown", service = $"service-{cause}", severity = "critical", instance = $"host-{cause % 20}:9100", job = "burst" }, annotations = new { summary = $"Service {cause} is down", description = "It does not answer." }, startsAt = "2026-11-21T03:19:02.999Z" }),
            });
            lock (times)
            {
                times.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
                refused += answer.StatusCode == HttpStatusCode.Accepted ? 0 : which.Length;
            }
        }
    }

    private static async Task<TimeSpan> FirstRunAsync(HttpClient look, long began)
    {
        while ((long)(await look.GetFromJsonAsync<JsonNode>("/api/runs?pageSize=1"))!["total"]! == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        return Stopwatch.GetElapsedTime(began);
    }

    private static async Task<JsonArray> ListAsync(HttpClient look)
    {
        JsonArray all = [];
        for (var page = 1; ; page++)
        {
            var listing = (await look.GetFromJsonAsync<JsonNode>($"/api/incidents?pageSize=200&page={page}"))!;
            foreach (var incident in listing["items"]!.AsArray())
                all.Add(incident!.DeepClone());
            if (all.Count >= (long)listing["total"]!)
                return all;
        }
    }
}
