using Homelab.Engine.Cli;

// Patterns come from people's workflows, rules and settings: one that would take for ever ends here, whoever forgot to say so.
AppDomain.CurrentDomain.SetData("REGEX_DEFAULT_MATCH_TIMEOUT", TimeSpan.FromSeconds(2));

return await CommandLine.RunAsync(args, Console.Out, Console.Error, CancellationToken.None);
