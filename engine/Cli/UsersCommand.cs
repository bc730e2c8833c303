using System.CommandLine;
using System.Data.Common;
using Homelab.Engine.Operations;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab users</c>: for who stands before the machine and cannot sign in. Works on the database itself, whether the server runs or not.</summary>
internal static class UsersCommand
{
    private static readonly Argument<string> User = new("name") { Description = "The name to sign in with." };

    public static Command Create()
    {
        var reset = new Command("reset-password", "Gives a user a new password, printed once, and ends all sessions of that user.") { User };
        ServeCommand.AddOptions(reset);
        reset.SetAction(ResetAsync);
        return new Command("users", "Works on the users in the database.") { reset };
    }

    private static async Task<int> ResetAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var configuration = SettingsSources.Read(ServeCommand.Settings(parsed));
        var data = DataDirectory.Of(configuration);
        if (string.IsNullOrEmpty(configuration["Storage:ConnectionString"]) && !File.Exists(DatabaseSetup.SqliteFile(data)))
        {
            await error.WriteLineAsync($"There is no {DatabaseSetup.SqliteFile(data)}. Name the server's directory with --data, or its PostgreSQL with --set Storage:ConnectionString=...");
            return ExitCode.Usage;
        }

        try
        {
            await using var database = DatabaseSetup.Open(configuration, data);
            var users = new UserStore(database);
            var name = parsed.GetValue(User)!;
            if (await users.FindByNameAsync(name, cancellationToken) is not { } user)
            {
                var known = await users.ListAsync(cancellationToken);
                await error.WriteLineAsync($"There is no user \"{name}\". There are: {string.Join(", ", known.Select(one => one.Name))}.");
                return ExitCode.Problems;
            }

            var password = Tokens.NewPassword();
            var options = Options.Create(configuration.ReadSettings<SignInOptions>("SignIn"));
            await users.SetPasswordAsync(user.Id, PasswordHash.Create(password, options.Value.PasswordIterations), mustChange: true, cancellationToken);
            await new SessionStore(database, options).EndAllAsync(user.Id, null, cancellationToken);
            await output.WriteLineAsync($"The new password of {user.Name} is  {password}");
            await output.WriteLineAsync($"It is shown only this once; the console asks for another one.{(user.Disabled ? " The user is disabled: an administrator must enable it." : "")}");
            return ExitCode.Ok;
        }
        catch (Exception exception) when (exception is DbException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            await error.WriteLineAsync($"The database cannot be used: {Secrets.From(configuration).Hide(exception.Message)}");
            return ExitCode.Unreachable;
        }
    }
}
