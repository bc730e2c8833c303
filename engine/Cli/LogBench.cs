using System.Globalization;
using Homelab.Activities.Logs;
using Microsoft.VisualBasic.FileIO;

namespace Homelab.Engine.Cli;

/// <summary>Mines every labelled sample of a folder with the miner as it is and compares the groups with the true ones.</summary>
internal static class LogBench
{
    private const long MostLines = 5_000_000;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(1);

    /// <exception cref="InvalidDataException">There is nothing to measure.</exception>
    public static BenchResult Run(string directory)
    {
        var files = Directory.GetFiles(directory, "*_structured.csv", System.IO.SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        if (files.Length == 0)
            throw new InvalidDataException($"{directory} has no *_structured.csv (columns Content and EventId). Give the folder of the LogPai samples.");
        var systems = files.Select(Measure).ToArray();
        var mean = systems.Average(system => system.GroupingAccuracy);
        var rate = Rate(systems);
        return new(
            new
            {
                systems = systems.Select(system => new { system.System, system.Lines, system.Templates, groupingAccuracy = Math.Round(system.GroupingAccuracy, 4) }),
                meanGroupingAccuracy = Math.Round(mean, 4),
                linesPerSecond = Math.Round(rate),
                configuration = "fixed",
            },
            string.Join(
                Environment.NewLine,
                [
                    .. systems.Select(system => string.Create(CultureInfo.InvariantCulture, $"{system.System,-14} {system.Lines,6} lines {system.Templates,5} templates  grouping accuracy {system.GroupingAccuracy:F3}")),
                    string.Create(CultureInfo.InvariantCulture, $"mean grouping accuracy {mean:F3} over {systems.Length} systems, one configuration; {rate:N0} lines a second of processor time, on one core"),
                ]));
    }

    private static Measured Measure(string file)
    {
        var (events, contents) = Read(file);
        var miner = new TemplateMiner();
        var mined = contents.ConvertAll(content => miner.Add(content));
        return new(Path.GetFileName(file).Split('_', '.')[0], contents.Count, miner.Templates.Count(), GroupingAccuracy.Of(events, mined.ConvertAll(template => template.Current.Id)), contents, miner);
    }

    /// <summary>As in operation: the miners know their sources, the lines go on. Processor time and not the clock, so that other programs do not count.</summary>
    private static double Rate(IReadOnlyList<Measured> systems)
    {
        var lines = 0L;
        var begun = Environment.CpuUsage.TotalTime;
        var used = TimeSpan.Zero;
        while (used < Long && lines < MostLines)
        {
            foreach (var system in systems)
            {
                foreach (var content in system.Contents)
                    system.Miner.Add(content);
                lines += system.Lines;
            }

            used = Environment.CpuUsage.TotalTime - begun;
        }

        return lines / Math.Max(1e-6, used.TotalSeconds);
    }

    private static (List<string> Events, List<string> Contents) Read(string file)
    {
        using var parser = new TextFieldParser(file) { HasFieldsEnclosedInQuotes = true, TrimWhiteSpace = false };
        parser.SetDelimiters(",");
        var header = parser.ReadFields() ?? [];
        var (content, id) = (Array.IndexOf(header, "Content"), Array.IndexOf(header, "EventId"));
        if (content < 0 || id < 0)
            throw new InvalidDataException($"{file} has no columns Content and EventId; its columns are {string.Join(", ", header)}.");
        List<string> events = [], contents = [];
        while (parser.ReadFields() is { } fields)
        {
            events.Add(fields[id]);
            contents.Add(fields[content]);
        }

        return (events, contents);
    }

    private sealed record Measured(string System, int Lines, int Templates, double GroupingAccuracy, List<string> Contents, TemplateMiner Miner);
}
