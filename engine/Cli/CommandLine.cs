using System.CommandLine;
using Homelab.Engine.Operations;

namespace Homelab.Engine.Cli;

/// <summary>The executable's commands. Without one it serves.</summary>
internal static class CommandLine
{
    public static RootCommand Create()
    {
        var root = new RootCommand("An autonomous operations engine for homelabs: durable workflows, guarded by rules. Without a command it serves.")
        {
            ActivitiesCommand.Create(),
            RequestsCommand.CreateAsk(),
            BenchCommand.Create(),
            GateCommands.CreateAudit(),
            GateCommands.CreateBacktest(),
            ControlsCommand.Create(),
            GateCommands.CreateDecide(),
            DoctorCommand.Create(),
            ExportCommand.Create(),
            RulesCommands.CreateExpr(),
            ImportCommand.Create(),
            LabCommand.Create(),
            PlaybooksCommand.Create(),
            ControlsCommand.CreatePreferences(),
            OodaCommand.Create(),
            RequestsCommand.Create(),
            RulesCommands.CreateRules(),
            RunFileCommand.Create(),
            SecretsCommand.Create(),
            ServeCommand.Create(),
            UndoCommand.Create(),
            UsersCommand.Create(),
            ValidateCommand.Create(),
        };
        ServeCommand.MakeDefault(root);
        return root;
    }

    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var parsed = Create().Parse(args);
        try
        {
            var code = await parsed.InvokeAsync(
                new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null },
                cancellationToken);
            return parsed.Errors.Count > 0 ? ExitCode.Usage : code;
        }
        catch (BadConfigurationException exception)
        {
            await error.WriteLineAsync(exception.Message);
            return ExitCode.Usage;
        }
        catch (ServerUnreachableException exception)
        {
            await error.WriteLineAsync(exception.Message);
            return ExitCode.Unreachable;
        }
    }
}
