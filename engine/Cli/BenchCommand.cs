using System.CommandLine;
using System.Text.Json;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab bench</c>: how good the product is on labelled data, with the one configuration it runs with.</summary>
internal static class BenchCommand
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create() => new("bench", "Measures the product on labelled data; nothing is changed.")
    {
        Create(
            "logs", "Log template mining: grouping accuracy on the samples of the LogPai collection, the same configuration for all.", "Folder with *_structured.csv files, searched with its subfolders.",
            LogBench.Run),
        Create(
            "anomaly", "Anomaly detection: standard score of the Numenta Anomaly Benchmark, one threshold for all series.", "Folder with labels/combined_windows.json and data/.",
            AnomalyBench.Run),
    };

    private static Command Create(string name, string description, string folder, Func<string, BenchResult> run)
    {
        var directory = new Argument<DirectoryInfo>("dir") { Description = folder };
        var json = new Option<bool>("--json") { Description = "Print the figures as JSON." };
        var command = new Command(name, description) { directory, json };
        command.SetAction(async (parsed, _) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            BenchResult result;
            try
            {
                result = run(parsed.GetValue(directory)!.FullName);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or InvalidDataException or FormatException)
            {
                await error.WriteLineAsync(exception.Message);
                return ExitCode.Usage;
            }

            await output.WriteLineAsync(parsed.GetValue(json) ? JsonSerializer.Serialize(result.Figures, Format) : result.Text);
            return ExitCode.Ok;
        });
        return command;
    }
}

/// <param name="Figures">Written as JSON.</param>
/// <param name="Text">The same for people.</param>
internal sealed record BenchResult(object Figures, string Text);
