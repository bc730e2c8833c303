using System.Diagnostics;
using Homelab.Tests.Engine;

namespace Homelab.Benchmarks.Server;

/// <param name="ProcessorPerRun">What one run cost the engine's process; the one number that other load on the machine changes little.</param>
internal sealed record LoadResult(int Clients, double RunsPerSecond, double Median, double P95, double P99, double ProcessorPerRun, double Memory)
{
    public override string ToString() =>
        $"{Clients,3} clients: {RunsPerSecond,7:0} runs/s, median {Median:0.00} ms, p95 {P95:0.00} ms, p99 {P99:0.00} ms; {ProcessorPerRun:0} us of processor a run, {Memory:0} MB";
}

internal static class Load
{
    private const string Body = """{"host":"web","level":3,"message":"disk almost full","labels":{"site":"home","rack":"r1"}}""";

    /// <summary>That many clients, each sending its next request when it has the answer to the last.</summary>
    public static async Task<LoadResult> RunAsync(EngineProcess engine, int clients, TimeSpan duration)
    {
        var processor = engine.Processor;
        var began = Stopwatch.GetTimestamp();
        var end = began + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var times = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            using var client = new RawClient(engine.Address, RawClient.Post(engine.Address, BenchmarkWorkflow.Path, Body));
            await client.ConnectAsync();
            List<double> own = [];
            while (Stopwatch.GetTimestamp() < end)
            {
                var sent = Stopwatch.GetTimestamp();
                if (await client.SendAsync() is not 200 and var status)
                    throw new InvalidOperationException($"The engine answered {status}.");
                own.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            return own;
        })));
        var elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        List<double> all = [.. times.SelectMany(own => own).Order()];
        return new(
            clients, all.Count / elapsed, At(all, 0.5), At(all, 0.95), At(all, 0.99), (engine.Processor - processor).TotalMicroseconds / all.Count, engine.Memory);
    }

    /// <summary>One request now and then at an idle engine: milliseconds until its first step outside, the call of the stub, arrives there.</summary>
    public static async Task<(double Median, double P99)> FirstStepAsync(EngineProcess engine, StubServer stub, int requests)
    {
        using var client = new RawClient(engine.Address, RawClient.Post(engine.Address, BenchmarkWorkflow.Path, Body));
        await client.ConnectAsync();
        List<double> times = [];
        for (var index = 0; index < requests; index++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(25), TimeProvider.System);
            var sent = Stopwatch.GetTimestamp();
            await client.SendAsync();
            times.Add(Stopwatch.GetElapsedTime(sent, stub.LastAt).TotalMilliseconds);
        }

        times.Sort();
        return (At(times, 0.5), At(times, 0.99));
    }

    private static double At(List<double> sorted, double part) => sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * part))];
}
