using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Tests.Engine;
using Homelab.Tests.Storage;

namespace Homelab.Benchmarks.Server;

/// <summary>What the benchmarks of the whole server are asked: <c>throughput|startup|first-step|growth [--store sqlite|postgres] [--clients 1,10,50] [--seconds N] [--runs N] [--server PATH] [--json]</c>.</summary>
internal sealed record ServerBenchmarks
{
    // Until what is hot is compiled for good; a busy machine takes its time.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    private readonly JsonObject _results = [];

    public static IReadOnlyList<string> Names { get; } = ["throughput", "startup", "first-step", "growth"];

    public IReadOnlyList<string> Stores { get; private init; } = ["sqlite", "postgres"];

    public IReadOnlyList<int> Clients { get; private init; } = [1, 10, 50];

    public int Seconds { get; private init; } = 10;

    public int Runs { get; private init; } = 1_000_000;

    public string? Executable { get; private init; }

    public bool Json { get; private init; }

    public static async Task RunAsync(string name, string[] options)
    {
        var benchmark = Parse(options);
        benchmark.Say("machine", $"{Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}; load before: {await LoadAverageAsync()}");
        foreach (var store in benchmark.Stores)
            await benchmark.RunAsync(name, store);
        benchmark.Say("load", $"load after: {await LoadAverageAsync()}");
        if (benchmark.Json)
            Console.WriteLine(benchmark._results.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    private static ServerBenchmarks Parse(string[] options)
    {
        var result = new ServerBenchmarks();
        for (var index = 0; index < options.Length; index++)
        {
            string Value() => ++index < options.Length ? options[index] : throw new ArgumentException($"{options[index - 1]} needs a value.");
            result = options[index] switch
            {
                "--store" => result with { Stores = Value().Split(',') },
                "--clients" => result with { Clients = [.. Value().Split(',').Select(Whole)] },
                "--seconds" => result with { Seconds = Whole(Value()) },
                "--runs" => result with { Runs = Whole(Value()) },
                "--server" => result with { Executable = Path.GetFullPath(Value()) },
                "--json" => result with { Json = true },
                var other => throw new ArgumentException($"{other} is not known; known are --store, --clients, --seconds, --runs, --server and --json."),
            };
        }

        return result;
    }

    private static int Whole(string number) => int.Parse(number, CultureInfo.InvariantCulture);

    private static async Task<string> LoadAverageAsync() =>
        File.Exists("/proc/loadavg") ? (await File.ReadAllTextAsync("/proc/loadavg")).Trim() : "not known";

    private async Task RunAsync(string name, string store)
    {
        var directory = Directory.CreateTempSubdirectory("homelab-bench-").FullName;
        // As a server that must not lose anything runs: it waits for the disk at every commit.
        await using var server = store == "postgres" ? await PostgresServer.StartAsync(fsync: true) : null;
        try
        {
            var connectionString = server is null ? null : await server.CreateDatabaseAsync();
            await (name switch
            {
                "throughput" => ThroughputAsync(store, directory, connectionString),
                "startup" => StartupAsync(store, directory, connectionString),
                "first-step" => FirstStepAsync(store, directory, connectionString),
                "growth" => GrowthAsync(store, directory, connectionString),
                _ => throw new ArgumentException($"There is no benchmark {name}."),
            });
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task ThroughputAsync(string store, string directory, string? connectionString)
    {
        using var stub = new StubServer();
        await using var engine = await EngineProcess.StartAsync(Executable, directory, connectionString, BenchmarkWorkflow.Files(stub.Address));
        await Load.RunAsync(engine, 50, WarmUp);
        foreach (var clients in Clients)
            Say(store, await Load.RunAsync(engine, clients, TimeSpan.FromSeconds(Seconds)));
    }

    private async Task StartupAsync(string store, string directory, string? connectionString)
    {
        using var stub = new StubServer();
        await using (var first = await EngineProcess.StartAsync(Executable, directory, connectionString, BenchmarkWorkflow.Files(stub.Address)))
            Say(store, new { start = "first (makes the database)", readyMs = Math.Round(first.ReadyAfter.TotalMilliseconds) });
        for (var round = 1; round <= 3; round++)
        {
            await using var engine = await EngineProcess.StartAsync(Executable, directory, connectionString);
            if (round < 3)
            {
                Say(store, new { start = "again", readyMs = Math.Round(engine.ReadyAfter.TotalMilliseconds) });
                continue;
            }

            await Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System);
            var idle = engine.Memory;
            var loaded = await Load.RunAsync(engine, 10, TimeSpan.FromSeconds(Seconds));
            Say(store, new { start = "again", readyMs = Math.Round(engine.ReadyAfter.TotalMilliseconds), idleMB = Math.Round(idle), loadedMB = Math.Round(loaded.Memory) });
        }
    }

    private async Task FirstStepAsync(string store, string directory, string? connectionString)
    {
        using var stub = new StubServer();
        await using var engine = await EngineProcess.StartAsync(Executable, directory, connectionString, BenchmarkWorkflow.Files(stub.Address));
        await Load.FirstStepAsync(engine, stub, 200);
        var (median, p99) = await Load.FirstStepAsync(engine, stub, 400);
        Say(store, new { triggerToFirstStepMs = new { median = Math.Round(median, 2), p99 = Math.Round(p99, 2) } });
    }

    private async Task GrowthAsync(string store, string directory, string? connectionString)
    {
        using var stub = new StubServer();
        var workflow = BenchmarkWorkflow.Files(stub.Address);
        GrowthPoint empty;
        await using (var engine = await EngineProcess.StartAsync(Executable, directory, connectionString, workflow))
            empty = await MeasureAsync(engine);
        Say(store, new { stored = "few", empty });
        var began = Stopwatch.GetTimestamp();
        await BulkRuns.InsertAsync(Path.Combine(directory, "data", "homelab.db"), connectionString, Runs);
        Say(store, new { inserted = Runs, seconds = Math.Round(Stopwatch.GetElapsedTime(began).TotalSeconds) });
        GrowthPoint full;
        await using (var engine = await EngineProcess.StartAsync(Executable, directory, connectionString, workflow))
            full = await MeasureAsync(engine);
        Say(store, new { stored = $"{Runs} more", full });
        Say(store, new
        {
            ratios = new
            {
                throughput = Math.Round(full.RunsPerSecond / empty.RunsPerSecond, 2), processor = Math.Round(full.ProcessorPerRun / empty.ProcessorPerRun, 2),
                list = Math.Round(full.ListMs / empty.ListMs, 2), detail = Math.Round(full.DetailMs / empty.DetailMs, 2), overview = Math.Round(full.OverviewMs / empty.OverviewMs, 2),
            },
        });
    }

    private async Task<GrowthPoint> MeasureAsync(EngineProcess engine)
    {
        await Load.RunAsync(engine, 50, WarmUp);
        var load = await Load.RunAsync(engine, 10, TimeSpan.FromSeconds(Seconds));
        using var http = new HttpClient { BaseAddress = engine.Address };
        (await http.PostAsJsonAsync("/api/session", new { name = "admin", password = EngineProcess.Password })).EnsureSuccessStatusCode();
        var page = await http.GetFromJsonAsync<JsonNode>("/api/runs?pageSize=50");
        var run = (string?)page!["items"]![0]!["id"];
        return new(
            Math.Round(load.RunsPerSecond), Math.Round(load.Median, 2), Math.Round(load.ProcessorPerRun), Math.Round(engine.ReadyAfter.TotalMilliseconds),
            await TimeAsync(http, "/api/runs?pageSize=50"), await TimeAsync(http, $"/api/runs/{run}"), await TimeAsync(http, "/api/overview"));
    }

    /// <summary>The median of some requests, in milliseconds.</summary>
    private static async Task<double> TimeAsync(HttpClient http, string path)
    {
        List<double> times = [];
        for (var index = 0; index < 21; index++)
        {
            var began = Stopwatch.GetTimestamp();
            (await http.GetAsync(path)).EnsureSuccessStatusCode();
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        times.Sort();
        return Math.Round(times[10], 2);
    }

    private void Say(string store, object result)
    {
        if (!Json)
            Console.WriteLine($"{store,-8} {(result is string or LoadResult ? result : JsonSerializer.Serialize(result))}");
        if (_results[store] is not JsonArray list)
            _results[store] = list = [];
        list.Add(JsonSerializer.SerializeToNode(result));
    }

    private sealed record GrowthPoint(double RunsPerSecond, double Median, double ProcessorPerRun, double ReadyMs, double ListMs, double DetailMs, double OverviewMs);
}
