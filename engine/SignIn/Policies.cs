namespace Homelab.Engine.SignIn;

/// <summary>The names of the three authorization policies. Every route states one of them, or that it is open; a route that states nothing is for admins only.</summary>
internal static class Policies
{
    /// <summary>Looks, changes nothing.</summary>
    public const string Viewer = "viewer";

    /// <summary>Runs workflows, answers approvals, pauses and stops. Changes no definition, rule, user or setting.</summary>
    public const string Operator = "operator";

    /// <summary>Everything.</summary>
    public const string Admin = "admin";

    public static IReadOnlyList<string> All { get; } = [Viewer, Operator, Admin];
}
