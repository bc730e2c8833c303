using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

// What BenchmarkDotNet cannot measure: `-- dispatch` is the dispatcher on both stores, without HTTP and with scripts for definitions.
if (args is ["dispatch", ..])
{
    await Homelab.Benchmarks.DispatchBenchmark.RunAsync();
    return;
}

// A burst of alerts into the real executable; see AlertBurst for the options.
if (args is ["alerts", .. var burst])
{
    await Homelab.Benchmarks.Server.AlertBurst.RunAsync(burst);
    return;
}

// The real executable under load, its start and memory, and how it grows; see ServerBenchmarks for the options.
if (args is [var name, .. var options] && Homelab.Benchmarks.Server.ServerBenchmarks.Names.Contains(name))
{
    await Homelab.Benchmarks.Server.ServerBenchmarks.RunAsync(name, options);
    return;
}

// One class a topic: `dotnet run -c Release --project tests/Benchmarks -- --filter '*Expression*'`. In this process, so
// that the generated projects of other toolchains need not restore against central package versions.
var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Homelab.Benchmarks.DispatchBenchmark).Assembly).Run(args, config);
