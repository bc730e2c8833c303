using System.CommandLine;
using Homelab.Engine.Storage;
using Homelab.Engine.Vault;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab secrets</c>: the encrypted store of this machine's data directory (or the database that the settings name). Works while a server runs, too.</summary>
internal static class SecretsCommand
{
    private static readonly Argument<string> Name = new("name") { Description = "Name of the secret, as in secret:NAME." };

    public static Command Create()
    {
        var list = new Command("list", "Lists the names of all secrets; never a value.");
        list.SetAction((parsed, cancellationToken) => UseAsync(parsed, async store =>
        {
            foreach (var secret in await store.ListAsync(cancellationToken))
                await parsed.InvocationConfiguration.Output.WriteLineAsync($"{secret.Name,-40} {secret.UpdatedAt:u} {secret.UpdatedBy}");
            return ExitCode.Ok;
        }, cancellationToken));

        var set = new Command("set", "Stores a secret, or replaces it. The value is read from standard input, so that no shell history and no list of processes holds it.") { Name };
        set.SetAction((parsed, cancellationToken) => UseAsync(parsed, store => SetAsync(parsed, store, cancellationToken), cancellationToken));

        var delete = new Command("delete", "Deletes a secret.") { Name };
        delete.SetAction((parsed, cancellationToken) => UseAsync(parsed, async store =>
        {
            if (await store.DeleteAsync(parsed.GetValue(Name)!, By, cancellationToken))
                return ExitCode.Ok;
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"There is no secret '{parsed.GetValue(Name)}'. homelab secrets list shows their names.");
            return ExitCode.Problems;
        }, cancellationToken));

        var command = new Command("secrets", "The encrypted store behind secret:NAME in settings.") { list, set, delete };
        foreach (var each in command.Subcommands)
            ServeCommand.AddOptions(each);
        return command;
    }

    private static string By => $"{Environment.UserName} at the command line";

    private static async Task<int> SetAsync(ParseResult parsed, SecretStore store, CancellationToken cancellationToken)
    {
        var (name, error) = (parsed.GetValue(Name)!, parsed.InvocationConfiguration.Error);
        if (!SecretStore.IsName(name))
        {
            await error.WriteLineAsync($"'{name}' is not a name of a secret. {SecretStore.NameRule}");
            return ExitCode.Usage;
        }

        if (!Console.IsInputRedirected)
            await error.WriteAsync($"Value of {name} (then Enter): ");
        var value = Console.IsInputRedirected ? (await Console.In.ReadToEndAsync(cancellationToken)).TrimEnd('\r', '\n') : Hidden();
        if (value.Length is 0 or > SecretStore.LongestValue)
        {
            await error.WriteLineAsync($"A secret has 1 to {SecretStore.LongestValue} characters; {value.Length} were given. Write it to standard input.");
            return ExitCode.Usage;
        }

        await store.SetAsync(name, value, By, cancellationToken);
        return ExitCode.Ok;
    }

    private static string Hidden()
    {
        var value = new System.Text.StringBuilder();
        while (Console.ReadKey(intercept: true) is var typed && typed.Key != ConsoleKey.Enter)
        {
            if (typed.Key != ConsoleKey.Backspace)
                value.Append(typed.KeyChar);
            else if (value.Length > 0)
                value.Length--;
        }

        return value.ToString();
    }

    private static async Task<int> UseAsync(ParseResult parsed, Func<SecretStore, Task<int>> work, CancellationToken cancellationToken)
    {
        await using var app = Server.Create(new Dictionary<string, string?>(ServeCommand.Settings(parsed), StringComparer.OrdinalIgnoreCase) { ["Logs:Directory"] = "" });
        try
        {
            await Migrations.ApplyAsync(app.Services.GetRequiredService<Database>(), TimeProvider.System, cancellationToken);
            return await work(app.Services.GetRequiredService<SecretStore>());
        }
        catch (SecretStoreException exception)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(exception.Message);
            return ExitCode.Problems;
        }
        catch (System.Data.Common.DbException exception)
        {
            throw new ServerUnreachableException($"The database cannot be used: {app.Services.GetRequiredService<Operations.Secrets>().Hide(exception.Message)}");
        }
    }
}
