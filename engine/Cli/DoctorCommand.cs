using System.CommandLine;
using System.Text.Json;
using Homelab.Engine.Operations;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab doctor</c>: looks at everything a start needs, changes nothing, and says what to do about what is wrong.</summary>
internal static class DoctorCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "Print the findings as JSON." };

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var command = new Command("doctor", "Checks configuration, database, workflows, ports, disk space, clock and tools; changes nothing.") { Json };
        ServeCommand.AddOptions(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var output = parsed.InvocationConfiguration.Output;
        var findings = await Doctor.ExamineAsync(ServeCommand.Settings(parsed), TimeProvider.System, cancellationToken);
        if (parsed.GetValue(Json))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(findings.Select(finding => new { finding.Name, verdict = finding.Verdict.ToString().ToLowerInvariant(), finding.Detail }), Format));
        }
        else
        {
            foreach (var finding in findings)
                await output.WriteLineAsync($"{finding.Verdict switch { Verdict.Ok => "ok  ", Verdict.Note => "note", _ => "FAIL" }} {finding.Name}: {finding.Detail}");
        }

        return findings switch
        {
            _ when findings.Any(finding => finding.Verdict == Verdict.Unreachable) => ExitCode.Unreachable,
            _ when findings.Any(finding => finding.Verdict == Verdict.Wrong) => ExitCode.Problems,
            _ => ExitCode.Ok,
        };
    }
}
