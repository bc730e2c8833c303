using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Homelab.Engine.Lab.Bench;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab lab bench</c>: every scenario on a simulated homelab in fast time, and how the product did.</summary>
internal static class LabCommand
{
    private static readonly string[] Levels = ["conservative", "moderate", "aggressive"];

    private static readonly Option<string?> Scenarios = new("--scenarios") { Description = "Directory of scenario files (those that come with the program).", HelpName = "DIRECTORY" };
    private static readonly Option<string?> Only = new("--only") { Description = "Only scenarios whose name fits, with stars.", HelpName = "PATTERN" };
    private static readonly Option<string?> Autonomy = new("--autonomy") { Description = "conservative, moderate or aggressive (all three, one after the other).", HelpName = "LEVEL" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Of the simulated homelab.", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> Json = new("--json") { Description = "Print everything as JSON; progress goes to standard error." };

    private static readonly Option<bool> Story = new("--story") { Description = "Print with each scenario what happened, step by step." };

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        Autonomy.AcceptOnlyFromAmong(Levels);
        var bench = new Command("bench", "Runs every scenario on a simulated homelab and says what was resolved without a person, and how safely.") { Scenarios, Only, Autonomy, Seed, Story, Json };
        bench.SetAction(BenchAsync);
        return new Command("lab", "The simulated homelab: scenarios and their benchmark. 'homelab --lab' starts one to look at.") { bench };
    }

    private static async Task<int> BenchAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        IReadOnlyList<Scenario> scenarios;
        try
        {
            scenarios = ScenarioReader.ReadAll(parsed.GetValue(Scenarios) ?? ScenarioReader.Shipped);
        }
        catch (BadScenarioException exception)
        {
            await error.WriteLineAsync(exception.Message);
            return ExitCode.Usage;
        }

        if (parsed.GetValue(Only) is { } pattern)
        {
            scenarios = [.. scenarios.Where(scenario => Controls.Pattern.Fits(pattern, scenario.Name))];
            if (scenarios.Count == 0)
            {
                await error.WriteLineAsync($"--only {pattern}: no scenario has a name that fits; '*' stands for any letters.");
                return ExitCode.Usage;
            }
        }

        var progress = parsed.GetValue(Json) ? error : output;
        string[] levels = parsed.GetValue(Autonomy) is { } level ? [level] : Levels;
        List<ScenarioResult> results = [];
        // The servers in here would take a signal for themselves and go, and nothing would end what runs them.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            var data = await ScenarioRun.PrepareAsync(parsed.GetValue(Seed), stopping.Token);
            try
            {
                await RunAsync(parsed, data, levels, scenarios, results, progress, stopping.Token);
            }
            finally
            {
                Directory.Delete(data, recursive: true);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await error.WriteLineAsync($"Stopped after {results.Count} of {levels.Length * scenarios.Count} runs.");
            return ExitCode.Problems;
        }

        LevelReport[] reports = [.. levels.Select(autonomy => LevelReport.Of(autonomy, [.. results.Where(result => result.Autonomy == autonomy)]))];
        if (parsed.GetValue(Json))
            await output.WriteLineAsync(JsonSerializer.Serialize(new { levels = reports, scenarios = results }, Format));
        else
            await output.WriteLineAsync(Table(reports));
        return reports.Sum(report => report.Unsafe) == 0 && results.All(result => result.Passed) ? ExitCode.Ok : ExitCode.Problems;

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopping.Cancel();
        }
    }

    private static async Task RunAsync(
        ParseResult parsed, string data, string[] levels, IReadOnlyList<Scenario> scenarios, List<ScenarioResult> results, TextWriter progress, CancellationToken cancellationToken)
    {
        foreach (var autonomy in levels)
        {
            for (var index = 0; index < scenarios.Count; index++)
            {
                ScenarioResult result;
                try
                {
                    result = await new ScenarioRun(scenarios[index], autonomy, parsed.GetValue(Seed), data).RunAsync(cancellationToken);
                }
#pragma warning disable CA1031 // One that breaks off is one that failed; the others are still worth running.
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    result = ScenarioResult.BrokenOff(scenarios[index], autonomy, exception);
                }

                results.Add(result);
                await progress.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{autonomy} {index + 1}/{scenarios.Count} {(result.Passed ? "ok  " : "FAIL")} {result.Scenario}: {result.LabTime.TotalSeconds:0} s of the lab in {result.RealTime.TotalSeconds:0.0} s{string.Concat(result.Problems.Select(problem => $"\n    {problem}"))}"));
                if (parsed.GetValue(Story))
                    await progress.WriteLineAsync(string.Join('\n', result.Story.Select(line => $"    {line}")));
                await progress.FlushAsync(cancellationToken);
            }
        }
    }

    private static string Table(IReadOnlyList<LevelReport> reports)
    {
        (string Name, Func<LevelReport, string> Value)[] rows =
        [
            ("scenarios passed", report => $"{report.Passed} of {report.Scenarios}"),
            ("resolved without a person", report => $"{report.ResolvedAlone} of {report.ShouldAlone} ({Text(report.ResolvedAlonePercent)} %)"),
            ("actions, succeeded", report => $"{report.Actions}, {Text(report.ActionsSucceededPercent)} %"),
            ("unsafe actions", report => $"{report.Unsafe}"),
            ("unnecessary actions", report => $"{report.Unnecessary} ({Text(report.UnnecessaryPercent)} %)"),
            ("rollbacks done right", report => $"{report.RollbacksRight} of {report.RollbacksDue}"),
            ("time to detect, median (mean)", report => $"{Text(report.DetectionMedianSeconds)} s ({Text(report.DetectionMeanSeconds)} s)"),
            ("from there to a verified fix", report => $"{Text(report.FixMedianSeconds)} s ({Text(report.FixMeanSeconds)} s)"),
            ("messages per incident", report => Text(report.MessagesPerIncident)),
        ];
        var lines = rows.Select(row => $"{row.Name,-32}{string.Concat(reports.Select(report => $"{row.Value(report),-24}"))}".TrimEnd());
        return string.Join(Environment.NewLine, ["", $"{"",-32}{string.Concat(reports.Select(report => $"{report.Autonomy,-24}"))}".TrimEnd(), .. lines]);
    }

    private static string Text(double? number) => number?.ToString("0.#", CultureInfo.InvariantCulture) ?? "-";
}
