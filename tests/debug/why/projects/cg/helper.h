int thrice(int n);
