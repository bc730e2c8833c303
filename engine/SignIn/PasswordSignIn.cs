using Microsoft.Extensions.Options;

namespace Homelab.Engine.SignIn;

internal abstract record SignInResult
{
    private SignInResult()
    {
    }

    public sealed record Succeeded(string Token, SignedIn Session) : SignInResult;

    /// <summary>Unknown name, wrong password or disabled: the answer does not tell which.</summary>
    public sealed record Refused : SignInResult;

    public sealed record Wait(TimeSpan For) : SignInResult;
}

internal abstract record PasswordChange
{
    private PasswordChange()
    {
    }

    public sealed record Changed : PasswordChange;

    public sealed record Refused(string Path, string Rule, string Action) : PasswordChange;

    public sealed record Wait(TimeSpan For) : PasswordChange;
}

/// <summary>Checks passwords: slowly when they are guessed, and as slowly for names that do not exist.</summary>
internal sealed partial class PasswordSignIn(
    UserStore users, SessionStore sessions, SlowDown slowDown, IOptions<SignInOptions> options, TimeProvider time, ILogger<PasswordSignIn> logger)
{
    // A longer password costs more to hash than it can add; refusing it keeps the cost of a request bounded.
    public const int MaxPasswordLength = 256;

    private readonly Lazy<string> _nobody = new(() => PasswordHash.Create(Tokens.New(), options.Value.PasswordIterations));

    public async Task<SignInResult> TryAsync(string name, string password, SessionKind kind, string address, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await slowDown.WaitAsync(name, address, now, cancellationToken) is var wait && wait > TimeSpan.Zero)
        {
            return new SignInResult.Wait(wait);
        }

        var user = await users.FindByNameAsync(name, cancellationToken);
        var matches = password.Length <= MaxPasswordLength && PasswordHash.Verify(password, user?.PasswordHash ?? _nobody.Value);
        if (user is null || !matches || user.Disabled)
        {
            await slowDown.FailedAsync(name, address, now, cancellationToken);
            Log.Refused(logger, address);
            return new SignInResult.Refused();
        }

        await slowDown.SucceededAsync(name, address, cancellationToken);
        if (PasswordHash.IsWeakerThan(user.PasswordHash, options.Value.PasswordIterations))
        {
            await users.SetPasswordAsync(user.Id, PasswordHash.Create(password, options.Value.PasswordIterations), user.MustChangePassword, cancellationToken);
        }

        await users.SignedInAsync(user.Id, now, cancellationToken);
        var token = await sessions.StartAsync(user.Id, kind, null, address, now, cancellationToken)
            ?? throw new InvalidOperationException("A session without a parent was not stored.");
        var session = await sessions.FindAsync(token, now, cancellationToken);
        Log.SignedIn(logger, user.Name, address);
        return session is null ? new SignInResult.Refused() : new SignInResult.Succeeded(token, session);
    }

    /// <summary>Sets a new password and ends the person's other sessions: whoever knew the old one is out.</summary>
    public async Task<PasswordChange> ChangePasswordAsync(string userId, string current, string replacement, string keepToken, string address, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await users.FindAsync(userId, cancellationToken) is not { } user)
        {
            return new PasswordChange.Refused("current", "This user was deleted.", "Sign in as another user.");
        }

        if (await slowDown.WaitAsync(user.Name, address, now, cancellationToken) is var wait && wait > TimeSpan.Zero)
        {
            return new PasswordChange.Wait(wait);
        }

        if (current.Length > MaxPasswordLength || !PasswordHash.Verify(current, user.PasswordHash))
        {
            await slowDown.FailedAsync(user.Name, address, now, cancellationToken);
            return new PasswordChange.Refused("current", "The current password is wrong.", "Type the password that you signed in with.");
        }

        if (WhyNot(replacement, user.Name, options.Value.PasswordMinLength) is { } rule || (rule = replacement == current ? "The new password is the current one." : null) is not null)
        {
            return new PasswordChange.Refused("new", rule, $"Choose one of at least {options.Value.PasswordMinLength} characters; a few words are easy to keep in mind.");
        }

        await users.SetPasswordAsync(user.Id, PasswordHash.Create(replacement, options.Value.PasswordIterations), mustChange: false, cancellationToken);
        await sessions.EndAllAsync(user.Id, keepToken, cancellationToken);
        Log.PasswordChanged(logger, user.Name);
        return new PasswordChange.Changed();
    }

    /// <summary>The rule that a new password breaks, or null. Length is what counts; no rules about letters.</summary>
    internal static string? WhyNot(string password, string userName, int minLength) => password switch
    {
        _ when password.Length < minLength => $"A password has at least {minLength} characters; this one has {password.Length}.",
        _ when password.Length > MaxPasswordLength => $"A password has at most {MaxPasswordLength} characters; this one has {password.Length}.",
        _ when password.Distinct().Count() < 5 => "A password has at least 5 different characters.",
        _ when password.Contains(userName, StringComparison.OrdinalIgnoreCase) && password.Length < userName.Length + 8 => "A password is more than the user's name with something added.",
        _ => null,
    };

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Information, "User {User} signed in from {Address}")]
        public static partial void SignedIn(ILogger logger, string user, string address);

        // The name is left out: people type their password into the wrong field.
        [LoggerMessage(2002, LogLevel.Warning, "Sign-in refused from {Address}")]
        public static partial void Refused(ILogger logger, string address);

        [LoggerMessage(2003, LogLevel.Information, "User {User} changed the password")]
        public static partial void PasswordChanged(ILogger logger, string user);
    }
}
