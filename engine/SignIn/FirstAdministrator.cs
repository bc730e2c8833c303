using Microsoft.Extensions.Options;

namespace Homelab.Engine.SignIn;

/// <summary>At the first start there is nobody: makes the user <c>admin</c> and prints the password once, to the console and to no log.</summary>
internal sealed partial class FirstAdministrator(
    UserStore users, IOptions<SignInOptions> options, TimeProvider time, ILogger<FirstAdministrator> logger, TextWriter console) : IHostedService
{
    public const string Name = "admin";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if ((await users.ListAsync(cancellationToken)).Count > 0)
        {
            return;
        }

        var given = options.Value.FirstPassword;
        var password = given ?? Tokens.NewPassword();
        var now = time.GetUtcNow();
        var added = await users.AddFirstAsync(
            new User
            {
                Id = Guid.CreateVersion7(now).ToString("N"),
                Name = Name,
                Role = Role.Admin,
                PasswordHash = PasswordHash.Create(password, options.Value.PasswordIterations),
                // What was printed may have been read over a shoulder or kept in a log; what the owner set is the owner's.
                MustChangePassword = given is null,
                CreatedAt = now,
            },
            cancellationToken);
        if (!added)
        {
            return;
        }

        Log.Created(logger, Name);
        if (given is null)
        {
            await console.WriteLineAsync(
                $"""

                  First start. Sign in as  {Name}
                  with the password        {password}
                  It is shown only this once; the console asks you to choose your own.

                """.AsMemory(),
                cancellationToken);
            await console.FlushAsync(cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(2010, LogLevel.Information, "Created the first administrator {User}")]
        public static partial void Created(ILogger logger, string user);
    }
}
