using BenchmarkDotNet.Attributes;
using Homelab.Activities.Logs;

namespace Homelab.Benchmarks;

/// <summary>Template mining on one core: at least 100,000 lines a second, so at most 10 microseconds a line.</summary>
[MemoryDiagnoser]
public class MiningBenchmarks
{
    private const int Lines = 100_000;

    private readonly string[] _lines = [.. Enumerable.Range(0, Lines).Select(Line)];

    /// <summary>Lines as they come: most of known shapes, some of new ones, names and addresses that differ each time.</summary>
    [Benchmark(OperationsPerInvoke = Lines)]
    public int Mine()
    {
        var miner = new TemplateMiner();
        foreach (var line in _lines)
            miner.Add(line);
        return miner.Templates.Count();
    }

    private static string Line(int i) => (i % 9) switch
    {
        0 => $"Accepted publickey for root from 10.0.{i % 7}.{i % 251} port {30_000 + (i % 20_000)} ssh2: RSA SHA256:{i:x8}",
        1 => $"GET /api/items/{i} HTTP/1.1 200 {i % 9000} \"-\" \"curl/7.88.1\" {i % 997} ms",
        2 => $"checkpoint complete: wrote {i % 999} buffers ({i % 100}.{i % 10}%); write={i % 60}.{i % 1000} s, sync=0.01 s",
        3 => $"container {Name(i)} exited with code {i % 3}",
        4 => $"[{i}.{i % 1_000_000:d6}] eth0: link becomes ready, speed {(i % 2 == 0 ? 100 : 1000)} Mbps",
        5 => $"connection from db.home.lan:{40_000 + (i % 999)} closed after {i % 3600} s, {i * 7} bytes",
        6 => $"backup of volume {Name(i)} finished in {i % 999} s",
        7 => $"WARN o.s.b.w.Request - slow query on table {Name(i % 5)}: {i % 5000} ms, user=app{i % 12}",
        _ => $"DHCPACK on 192.168.1.{i % 250} to {i % 256:x2}:1b:44:11:3a:{i % 251:x2} via eth1",
    };

    private static string Name(int i) => $"{(char)('a' + (i % 26))}{(char)('a' + (i / 26 % 26))}{(char)('a' + (i / 676 % 26))}";
}
