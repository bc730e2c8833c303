using System.Security.Claims;
using Homelab.Engine.SignIn;

namespace Homelab.Engine.Approvals;

/// <summary>Who may say yes: people who are signed in, and machines whose key was given that right by name. A key for everything is not meant for that.</summary>
internal static class Approver
{
    public const string Scope = "approvals";

    /// <summary>Null when the caller may; which questions a person may answer is in the preferences.</summary>
    public static string? WhyNot(ClaimsPrincipal user)
    {
        var caller = Caller.Of(user);
        return !caller.IsMachine || user.HasClaim(Caller.ScopeClaim, Scope)
            ? null
            : $"The key '{caller.Name}' is a machine's and has no scope '{Scope}', which it must have by name: questions are for people.";
    }
}
