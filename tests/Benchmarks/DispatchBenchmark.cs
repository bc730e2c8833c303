using System.Diagnostics;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Homelab.Tests.Engine.Dispatch;
using Homelab.Tests.Storage;

namespace Homelab.Benchmarks;

/// <summary>Durable runs a second through accept, decide, one performed step and the commit with journal, waited for by each client; both databases wait for the disk.</summary>
internal static class DispatchBenchmark
{
    public static async Task RunAsync()
    {
        var directory = Directory.CreateTempSubdirectory("homelab-bench-").FullName;
        try
        {
            await using (var sqlite = Database.Sqlite(Path.Combine(directory, "homelab.db")))
                await MeasureAsync("SQLite", sqlite);
            await using var server = await PostgresServer.StartAsync(fsync: true);
            await using var postgres = Database.PostgreSql(await server.CreateDatabaseAsync());
            await MeasureAsync("PostgreSQL", postgres);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task MeasureAsync(string name, Database database)
    {
        await Migrations.ApplyAsync(database, TimeProvider.System, default);
        await using var node = await new TestNode(database).StartAsync(alone: true);
        await LoadAsync(node, 10, TimeSpan.FromSeconds(3));
        foreach (var clients in (int[])[1, 10, 50])
        {
            var times = await LoadAsync(node, clients, TimeSpan.FromSeconds(5));
            Console.WriteLine($"{name}, {clients} clients: {times.Count / 5.0:0} runs/s, median {times[times.Count / 2]:0.00} ms, p99 {times[times.Count * 99 / 100]:0.00} ms");
        }

        // How it grows: a list of the newest page and one more run among everything stored so far.
        var watch = Stopwatch.StartNew();
        var page = await node.Runs.ListAsync(new(), RunOrder.Created, descending: true, 0, 25, default);
        Console.WriteLine($"{name}, {page.Total} runs stored: first page in {watch.Elapsed.TotalMilliseconds:0.0} ms");
    }

    private static async Task<List<double>> LoadAsync(TestNode node, int clients, TimeSpan duration)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var times = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            List<double> own = [];
            while (Stopwatch.GetTimestamp() < end)
            {
                var began = Stopwatch.GetTimestamp();
                await node.Runs.StartAndWaitAsync("read respond", null, new RunEvent.Start([]), null, default);
                own.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            return own;
        })));
        return [.. times.SelectMany(own => own).Order()];
    }
}
