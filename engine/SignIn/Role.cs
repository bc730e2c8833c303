namespace Homelab.Engine.SignIn;

/// <summary>What somebody may do; each role may do all that the ones before it may.</summary>
internal enum Role
{
    Viewer,
    Operator,
    Admin,
}

internal static class Roles
{
    public static string Name(this Role role) => role switch
    {
        Role.Viewer => Policies.Viewer,
        Role.Operator => Policies.Operator,
        Role.Admin => Policies.Admin,
        _ => throw new System.Diagnostics.UnreachableException($"Role {role}"),
    };

    public static bool TryParse(string? name, out Role role)
    {
        (var known, role) = name switch
        {
            Policies.Viewer => (true, Role.Viewer),
            Policies.Operator => (true, Role.Operator),
            Policies.Admin => (true, Role.Admin),
            _ => (false, Role.Viewer),
        };
        return known;
    }
}
