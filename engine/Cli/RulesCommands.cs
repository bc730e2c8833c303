using System.CommandLine;
using Homelab.Rules.Commands;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab expr</c> and <c>homelab rules</c>: the language of rules on the command line.</summary>
internal static class RulesCommands
{
    public static Command CreateExpr()
    {
        var expression = new Argument<string>("expression") { Description = "An NCalc expression, such as: if(disk > 90, 'full', 'fine')" };
        var parameters = new Option<string?>("--params") { Description = "Its parameters as a JSON object.", HelpName = "JSON" };
        var json = new Option<bool>("--json") { Description = "Print value and type as JSON." };
        var rules = new Option<bool>("--rules") { Description = "Read it as rules do, not as workflows do." };
        var command = new Command("expr", "Evaluates one expression.") { expression, parameters, json, rules };
        command.SetAction(parsed => ExprCommand.Run(parsed.GetValue(expression)!, parsed.GetValue(parameters), parsed.GetValue(json), parsed.GetValue(rules), parsed.InvocationConfiguration.Output));
        return command;
    }

    public static Command CreateRules() => new("rules", "Evaluates and checks rule files.") { CreateEval(), CreateValidate() };

    private static Command CreateEval()
    {
        var rules = new Option<string>("--rules") { Description = "A rule file or a directory of them.", Required = true, HelpName = "PATH" };
        var input = new Option<string>("--input") { Description = "A JSON file: an object whose fields are the inputs.", Required = true, HelpName = "FILE" };
        var workflow = new Option<string?>("--workflow") { Description = "Which workflow of rules; may be left out where there is one.", HelpName = "NAME" };
        var json = new Option<bool>("--json") { Description = "Print the results as JSON." };
        var command = new Command("eval", "Applies rules to an input and explains every result.") { rules, input, workflow, json };
        command.SetAction(parsed => RulesCommand.Eval(parsed.GetValue(rules)!, parsed.GetValue(input)!, parsed.GetValue(workflow), parsed.GetValue(json), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static Command CreateValidate()
    {
        var rules = new Argument<string>("rules") { Description = "A rule file or a directory of them." };
        var json = new Option<bool>("--json") { Description = "Print the problems as JSON." };
        var command = new Command("validate", "Reads rule files and prints every problem; a directory with a policy.json as what decisions are made by.") { rules, json };
        command.SetAction(parsed => RulesCommand.Validate(parsed.GetValue(rules)!, parsed.GetValue(json), parsed.InvocationConfiguration.Output));
        return command;
    }
}
